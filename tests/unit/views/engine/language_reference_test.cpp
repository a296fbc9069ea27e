#include "surrealql/database/catalog_reader.hpp"
#include "surrealql/functions/functions.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/text.hpp"
#include "views/engine/keeping.hpp"
#include "views/asked/asked_plan.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

/// docs/surrealql.md is what the engine says of one statement for each part of the language, and
/// what is in the tables of functions and behaviours.
namespace {

struct sample {
  std::string_view part;
  std::string_view statement;
};

constexpr sample clauses[] = {
    {"SELECT *, fields, AS", "SELECT *, score + 1 AS next FROM post"},
    {"SELECT VALUE", "SELECT VALUE title FROM post"},
    {"OMIT", "SELECT * OMIT title FROM post"},
    {"OMIT of what names fields", "SELECT * OMIT type::fields(['title', 'tags']) FROM post"},
    {"FROM a table", "SELECT * FROM post"},
    {"FROM several tables", "SELECT * FROM post, author"},
    {"FROM a record", "SELECT * FROM post:1"},
    {"FROM a range of records", "SELECT * FROM post:1..9"},
    {"FROM a list", "SELECT * FROM [post:1, author:1]"},
    {"FROM a parameter", "SELECT * FROM $from"},
    {"FROM a sub-query", "SELECT * FROM (SELECT * FROM post)"},
    {"FROM ONLY", "SELECT * FROM ONLY post:1"},
    {"FROM ONLY ... LIMIT 1", "SELECT * FROM ONLY post LIMIT 1"},
    {"WITH INDEX, WITH NOINDEX", "SELECT * FROM post WITH NOINDEX"},
    {"WHERE", "SELECT * FROM post WHERE score > 3 AND author.name = 'a'"},
    {"SPLIT", "SELECT * FROM post SPLIT tags"},
    {"SPLIT with LIMIT or START", "SELECT * FROM post SPLIT tags LIMIT 3"},
    {"GROUP BY, GROUP ALL", "SELECT author, count() AS n FROM post GROUP BY author"},
    {"ORDER BY", "SELECT * FROM post ORDER BY score DESC, id"},
    {"ORDER BY ... COLLATE, NUMERIC", "SELECT * FROM post ORDER BY title COLLATE NUMERIC"},
    {"ORDER BY RAND()", "SELECT * FROM post ORDER BY RAND()"},
    {"LIMIT, START", "SELECT * FROM post ORDER BY score LIMIT 3 START 1"},
    {"LIMIT by data", "SELECT * FROM post LIMIT (SELECT VALUE age FROM ONLY author:1)"},
    {"FETCH", "SELECT * FROM post FETCH author"},
    {"FETCH of what names fields", "SELECT * FROM post FETCH type::field('author')"},
    {"TIMEOUT", "SELECT * FROM post TIMEOUT 5s + 5s"},
    {"VERSION", "SELECT * FROM post VERSION d'2024-01-01T00:00:00Z'"},
    {"EXPLAIN", "SELECT * FROM post EXPLAIN"},
};

constexpr sample expressions[] = {
    {"record links", "SELECT author.name AS who FROM post"},
    {"graph steps", "SELECT ->likes->post AS liked FROM author"},
    {"graph steps with conditions", "SELECT ->(likes WHERE weight > 1)->post AS liked FROM author"},
    {"recursion", "SELECT id.{1..3}.boss AS chain FROM author"},
    {"recursion that nests at `@`", "SELECT @.{..3}.{ name, boss: boss.@ } AS tree FROM author"},
    {"references `<~`", "SELECT <~post AS posts FROM author"},
    {"related rows",
     "SELECT *, (SELECT * FROM post WHERE author = $parent.id) AS posts FROM author"},
    {"other sub-queries", "SELECT * FROM author WHERE id IN (SELECT VALUE author FROM post)"},
    {"closures", "SELECT tags.map(|$t| $t + 1) AS more FROM post"},
    {"calls of closures in values",
     "SELECT { LET $f = |$x| $x + 1; RETURN $f(score) } AS more FROM post"},
    {"IF ELSE", "SELECT IF score > 3 THEN 'high' ELSE 'low' END AS kind FROM post"},
    {"blocks, LET, RETURN", "SELECT { LET $x = score; RETURN $x + 1 } AS next FROM post"},
    {"FOR", "SELECT { FOR $x IN tags { $x } } AS x FROM post"},
    {"THROW", "SELECT { THROW 'x' } AS x FROM post"},
    {"operators",
     "SELECT * FROM post WHERE score + 1 >= 2 AND (tags CONTAINS 'x' OR title ?? '' != 'a')"},
    {"casts", "SELECT <string> score AS text FROM post"},
    {"regular expressions", "SELECT * FROM post WHERE title = /a+/"},
    {"full-text `@@`", "SELECT * FROM post WHERE title @@ 'word'"},
    {"full-text, scored", "SELECT id, search::score(1) AS s FROM post WHERE title @1@ 'word'"},
    {"nearest neighbours `<|3,40|>`", "SELECT * FROM post WHERE tags <|3,40|> [1, 2]"},
    {"functions that reach outside", "SELECT http::get('http://localhost') AS page FROM post"},
    {"functions that write or wait", "SELECT http::post('http://localhost') AS page FROM post"},
    {"geometry: INSIDE, OUTSIDE, INTERSECTS", "SELECT * FROM post WHERE (1, 2) INSIDE shape"},
    {"computed fields", "SELECT * FROM post WHERE heat > 3"},
    {"params of the database", "SELECT * FROM post WHERE score > $least"},
    {"functions of the database `fn::`", "SELECT fn::mine(score) AS x FROM post"},
    {"functions of the database that write", "SELECT fn::writes(score) AS x FROM post"},
    {"the clock, compared", "SELECT * FROM post WHERE at < time::now() - 1h"},
    {"the clock, compared with a span", "SELECT * FROM post WHERE time::now() - at < 1h"},
    {"the clock, otherwise", "SELECT *, time::now() - at AS age FROM post ORDER BY age"},
};

constexpr sample statements[] = {
    {"CREATE, INSERT, UPDATE, UPSERT, DELETE, RELATE", "CREATE post"},
    {"DEFINE, REMOVE, ALTER", "DEFINE TABLE x"},
    {"LIVE SELECT, KILL", "LIVE SELECT * FROM post"},
    {"RETURN, INFO, USE, BEGIN", "RETURN 1"},
};

/// What the database of the examples defines.
std::shared_ptr<const surrealql::catalog> definitions() {
  auto defined = std::make_shared<surrealql::catalog>();
  std::vector<std::string> unread;
  const value computed(object{{"name", value("heat")}, {"computed", value("score * 2")}});
  const value reference(object{{"name", value("author")},
                               {"kind", value("record<author>")},
                               {"reference", value(object{})}});
  defined->tables["post"] = surrealql::read_catalog_table(
      value(object{{"fields", value(array{computed, reference})}}), {}, unread);
  defined->params["least"] =
      surrealql::read_catalog_param(value(object{{"value", value("3")}}), {}, unread);
  const auto function = [&](const char* name, const char* block) {
    defined->functions[name] = surrealql::read_catalog_function(
        value(object{{"args", value(array{value(array{value("x"), value("any")})})},
                     {"block", value(block)}}),
        {}, unread);
  };
  function("mine", "{ RETURN $x + 1 }");
  function("writes", "{ CREATE log SET at = $x }");
  REQUIRE(unread.empty());
  return defined;
}

/// How the engine would keep the statement.
std::string kept(const sample& one) {
  const object params{{"from", value::table("post")}};
  const auto is = keeping_of(one.statement, params, definitions());
  std::string how(to_string(is.how));
  if (!is.in_time.empty()) how += ", " + is.in_time;
  return is.reason.empty() ? how : how + ": " + is.reason;
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

void add_samples(std::ostringstream& out, std::string_view title, std::span<const sample> all) {
  out << "## " << title << "\n\n| part | example | kept |\n| --- | --- | --- |\n";
  for (const sample& one : all)
    out << "| " << cell(one.part) << " | `" << cell(one.statement) << "` | " << cell(kept(one))
        << " |\n";
  out << '\n';
}

void add_functions(std::ostringstream& out) {
  std::map<std::string, std::vector<std::string>> answered;
  std::string refused;
  std::string asked;
  std::string records;
  std::string clocks;
  for (const auto& f : surrealql::all_functions()) {
    const std::string name(f.name);
    if (f.kind == surrealql::determinism::refused) {
      auto& list = may_be_asked(f) ? asked : refused;
      list += (list.empty() ? "`" : ", `") + name + "`";
    } else {
      const auto at = name.find("::");
      answered[at == std::string::npos ? "" : name.substr(0, at)].push_back(
          at == std::string::npos ? name : name.substr(at + 2));
      if (f.kind == surrealql::determinism::reads_records)
        records += (records.empty() ? "`" : ", `") + name + "`";
      if (surrealql::reads_clock(f, 0)) clocks += (clocks.empty() ? "`" : ", `") + name + "`";
    }
  }
  out << "## Functions\n\nIncremental, wherever they stand:\n\n| name space | functions |\n"
         "| --- | --- |\n";
  for (const auto& [space, names] : answered) {
    out << "| " << (space.empty() ? "(none)" : "`" + space + "::`") << " | ";
    for (std::size_t i = 0; i < names.size(); ++i) out << (i == 0 ? "`" : ", `") << names[i] << '`';
    out << " |\n";
  }
  out << "\nThese read records, and views follow what they read: " << records
      << ".\n\nThese read the clock where they are given no time: " << clocks
      << ".\n\nAsked, because only the database can answer them: " << asked
      << ".\n\nRefused, because the answer does not follow from the arguments: " << refused
      << ".\n\n";
}

void add_behaviours(std::ostringstream& out) {
  out << "## What versions answer differently\n\nOver the records `" << surrealql::behaviour_rows()
      << "`:\n\n| since | what | statement | before | from then on |\n"
         "| --- | --- | --- | --- | --- |\n";
  for (const auto& one : surrealql::behaviours())
    out << "| " << one.since.major << '.' << one.since.minor << " | " << cell(one.name) << " | `"
        << cell(one.statement) << "` | `" << cell(one.before) << "` | `" << cell(one.after)
        << "` |\n";
}

std::string reference() {
  std::ostringstream out;
  out << "# SurrealQL, as views keep it\n\n"
         "Written by the unit test `docs/surrealql.md holds*` from what the engine says of each "
         "example, and from its tables.\n\n"
         "*Incremental*: a change evaluates what it concerns. *Recomputed*: the whole query runs "
         "again when something that it read has changed. *Due-time*: rows are compared with the "
         "clock, or "
         "with a time or span that moves as it does, and each is evaluated again at the moment "
         "when "
         "that comes out differently. *Clocked*: the clock goes into the result in another way, "
         "and "
         "what depends on it is evaluated again every `views.time_granularity_ms`; rows may show "
         "moments up to that old. *Asked*: the statement is sent to SurrealDB when a table that it "
         "names has changed "
         "(any table, if it follows links), equal ones once, no more often than the "
         "`views.asked_*` "
         "settings allow; rows of a user who is no system user only where nothing of what the "
         "statement may look at is hidden from anybody. *Refused*: registration fails and says "
         "why.\n\n";
  add_samples(out, "Clauses", clauses);
  add_samples(out, "Expressions", expressions);
  add_samples(out, "Statements", statements);
  add_functions(out);
  add_behaviours(out);
  return out.str();
}

}  // namespace

TEST_CASE("docs/surrealql.md holds the language as it is kept") {
  const std::string path = std::string(SPOOKY_SOURCE_DIR) + "/docs/surrealql.md";
  const std::string wanted = reference();
  if (std::getenv("SPOOKY_UPDATE_EXPECTED") != nullptr) {
    std::ofstream(path) << wanted;
    return;
  }
  std::ostringstream read;
  read << std::ifstream(path).rdbuf();
  CHECK_MESSAGE(read.str() == wanted,
                "run the test with SPOOKY_UPDATE_EXPECTED=1 to write the document anew");
}
