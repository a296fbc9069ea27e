#include "surrealql/database/system_schema.hpp"

#include "surrealql/database/table_definitions.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

using namespace spooky::surrealql;

namespace {

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

bool contains(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

std::vector<std::string> names(const std::vector<defined_table>& tables) {
  std::vector<std::string> out;
  for (const auto& t : tables) out.push_back(t.name);
  return out;
}

/// tests/schema runs these files on the real engine.
void check_file(const std::string& name, const std::string& text) {
  const std::string path = std::string(SPOOKY_TEST_DATA) + "/" + name + ".surql";
  if (std::getenv("SPOOKY_UPDATE_EXPECTED") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ostringstream expected;
  expected << std::ifstream(path).rdbuf();
  CHECK_MESSAGE(text == expected.str(), name, ": SPOOKY_UPDATE_EXPECTED=1 writes it anew");
}

}  // namespace

TEST_CASE("the text that tests/schema runs is the text that is generated") {
  system_schema_options options{.endpoint = "http://endpoint.test", .auth_secret = "a\"b\\c"};
  check_file("system_schema", system_schema(options));
  check_file("table_events", table_events({"post", "likes"}, options));
  options.delivery = event_delivery::sync;
  check_file("system_schema_sync", system_schema(options));
  check_file("table_events_sync", table_events({"post", "likes"}, options));
}

TEST_CASE("the schema defines all system tables under the prefix and leaves no placeholder") {
  for (const std::string prefix : {"_spooky_", "_00_"}) {
    const std::string text = system_schema({.prefix = prefix});
    CHECK(text.find('@') == std::string::npos);
    CHECK(names(tables_defined_in(text)) ==
          std::vector<std::string>{prefix + "query", prefix + "view", prefix + "owner",
                                   prefix + "list_ref", prefix + "secret", prefix + "request",
                                   prefix + "version", prefix + "job"});
    if (prefix == "_00_") CHECK_FALSE(contains(text, "_spooky_"));
  }
}

TEST_CASE("every definition can run again") {
  system_schema_options options;
  for (const auto delivery : {event_delivery::sync, event_delivery::async}) {
    options.delivery = delivery;
    const std::string text = system_schema(options) + table_events({"a"}, options);
    CHECK(count_of(text, "DEFINE ") ==
          count_of(text, " OVERWRITE ") + count_of(text, " IF NOT EXISTS "));
  }
}

TEST_CASE("the endpoint gets a scheme; the secret is quoted, and stands in its record alone") {
  const std::string text =
      system_schema({.endpoint = "scheduler:9667/", .auth_secret = "a\"b\\c@d"});
  CHECK(contains(text, R"("http://scheduler:9667/view/register")"));
  CHECK(contains(text, R"(UPSERT _spooky_secret:node SET secret = "a\"b\\c@d")"));
  CHECK(count_of(text, "c@d") == 1);
  CHECK(contains(text, R"("Authorization": "Bearer " + (SELECT VALUE secret FROM ONLY )"));
  CHECK_FALSE(contains(system_schema({}), "Authorization"));
  CHECK(contains(system_schema({.endpoint = "https://x"}), R"("https://x/view/unregister")"));
}

TEST_CASE("errors are asked for inline by functions, never for changes") {
  for (const auto delivery : {event_delivery::sync, event_delivery::async}) {
    const system_schema_options options{.auth_secret = "s", .delivery = delivery};
    CHECK(count_of(system_schema(options), "X-Spooky-Errors") == 3);
    const std::string events = table_events({"a", "b"}, options);
    CHECK_FALSE(contains(events, "X-Spooky-Errors"));
    CHECK(contains(events, "_spooky_secret:node"));
    CHECK_FALSE(contains(events, "Bearer s"));
  }
}

TEST_CASE("table events: quoted names, one event per table, an outbox only when asynchronous") {
  const std::vector<std::string> tables{"user", "odd`name", "select"};
  const std::string sync = table_events(tables, {.delivery = event_delivery::sync});
  CHECK(contains(sync, "_spooky_capture ON `odd\\`name`"));
  CHECK(contains(sync, "IN [\"user\", \"odd`name\", \"select\"]"));
  CHECK(count_of(sync, "DEFINE EVENT") == 3);
  CHECK(count_of(sync, "http::post") == 3);
  CHECK_FALSE(contains(sync, "outbox"));
  CHECK_FALSE(contains(sync, "ASYNC"));
  CHECK(contains(sync, "\"_spooky_rv\": $version"));

  const std::string async = table_events(tables, {.delivery = event_delivery::async});
  CHECK(count_of(async, "http::post") == 1);
  CHECK(count_of(async, "CREATE _spooky_outbox") == 3);
  CHECK(count_of(async, "ASYNC RETRY") == 1);

  CHECK(drop_table_events({"select"}, "_spooky_") ==
        "REMOVE EVENT IF EXISTS _spooky_capture ON `select`;\n");
  CHECK(table_events({}, {.delivery = event_delivery::sync}).empty());
}

TEST_CASE("change feeds are switched on without redefining the table") {
  CHECK(changefeed_statements({"a", "b c"}, std::chrono::hours(72)) ==
        "ALTER TABLE `a` CHANGEFEED 259200s;\nALTER TABLE `b c` CHANGEFEED 259200s;\n");
}

TEST_CASE("tables are found among comments, strings and other statements") {
  const auto found = tables_defined_in(R"(
    -- DEFINE TABLE no1;
    # DEFINE TABLE no2;
    // DEFINE TABLE no3;
    /* DEFINE TABLE no4; */
    define table one schemafull;
    DEFINE TABLE OVERWRITE two TYPE RELATION IN one OUT one;
    DEFINE TABLE IF NOT EXISTS three AS SELECT count() FROM one GROUP ALL;
    DEFINE FIELD table ON TABLE one VALUE "; DEFINE TABLE no5;";
    DEFINE EVENT e ON TABLE one THEN { DEFINE TABLE no6; };
    DEFINE TABLE `four ``` CHANGEFEED 1d;
    DEFINE TABLE `fi\`ve` PERMISSIONS FOR select WHERE type = "x" AND relation = 1;
    DEFINE TABLE ⟨six-x⟩;
    DEFINE FUNCTION fn::x($a: string) { LET $s = '}; DEFINE TABLE no7;'; RETURN $s; };
    CREATE one SET text = 'it\'s; DEFINE TABLE no8;';
    DEFINE FIELD q ON one ASSERT $value = /^['"]\/[`]$/ AND 6 / 2 / 1 = 3;
    DEFINE TABLE seven;
    DEFINE TABLE one TYPE NORMAL DROP)");
  CHECK(names(found) ==
        std::vector<std::string>{"one", "two", "three", "four ", "fi`ve", "six-x", "seven"});
  CHECK(found[1].relation);
  CHECK_FALSE(found[0].relation);
  CHECK(found[2].derived);
  CHECK(found[3].changefeed);
  CHECK_FALSE(found[4].relation);
}

TEST_CASE("broken text ends the scan quietly") {
  for (const std::string text : {"", ";;;", "DEFINE", "DEFINE TABLE", "DEFINE TABLE ;",
                                 "DEFINE TABLE 'x", "DEFINE TABLE OVERWRITE", "/* DEFINE TABLE a",
                                 "DEFINE TABLE IF NOT EXISTS", "}}}{{{", "`", "⟨"})
    CHECK_MESSAGE(tables_defined_in(text).size() <= 1, text);
  CHECK(names(tables_defined_in("DEFINE TABLE a")) == std::vector<std::string>{"a"});
  CHECK(names(tables_defined_in("}; DEFINE TABLE a;")).size() <= 1);
}

TEST_CASE("the tables of a database, without ours") {
  using spooky::object;
  using spooky::value;
  const value info = object{
      {"tables", object{{"_spooky_query", "DEFINE TABLE _spooky_query TYPE NORMAL"},
                        {"likes", "DEFINE TABLE likes TYPE RELATION SCHEMALESS PERMISSIONS NONE"},
                        {"user", "DEFINE TABLE user TYPE ANY CHANGEFEED 3d"},
                        {"we`ird", "DEFINE TABLE `we\\`ird` TYPE ANY"}}}};
  const auto tables = tables_of_database(info, "_spooky_");
  REQUIRE(names(tables) == std::vector<std::string>{"likes", "user", "we`ird"});
  CHECK(tables[0].relation);
  CHECK(tables[1].changefeed);
  CHECK(tables_of_database(value::none(), "_spooky_").empty());
}
