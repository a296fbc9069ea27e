#include "config/load.hpp"
#include "tests/unit/config/temporary_file.hpp"

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include <doctest/doctest.h>

using namespace spooky::config;

namespace {

/// The problems as printed, with the file's path replaced by FILE.
std::vector<std::string> problems_in(const std::string& text, environment env = {}) {
  env.emplace("SPOOKY_ALLOW_OPEN", "true");
  const temporary_file file(text);
  std::vector<std::string> out;
  for (auto p : load_scheduler_settings(file.path(), env).problems) {
    if (p.file == file.path()) p.file = "FILE";
    out.push_back(to_string(p));
  }
  return out;
}

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a wrong value names file, line, column, key, value and what is allowed") {
  CHECK(problems_in("# comment\nload_balance: fastest\n") ==
        lines{"FILE:2:15: load_balance: 'fastest' must be one of least_queries, round_robin, "
              "least_load"});
  CHECK(problems_in("db:\n  provision: maybe\n") ==
        lines{"FILE:2:14: db.provision: 'maybe' must be true or false"});
}

TEST_CASE("numbers: wrong type, out of range, fraction, sign, overflow") {
  const std::string allowed = " must be a whole number from 0 to 65535";
  for (const std::string bad :
       {"abc", "65536", "-1", "1.5", "99999999999999999999", "0x10", "1_000"})
    CHECK(problems_in("ingest_port: " + bad + "\n") ==
          lines{"FILE:1:14: ingest_port: '" + bad + "'" + allowed});
  CHECK(problems_in("ingest_port: [1]\n") == lines{"FILE:1:14: ingest_port:" + allowed});
  CHECK(problems_in("ingest_port:\n") ==
        lines{"FILE:1:1: ingest_port: has no value; it must be a whole number from 0 to 65535, or "
              "leave the line out"});
  CHECK(problems_in("ingest_port: 65535\n").empty());
}

TEST_CASE("all problems of file and environment come in one pass") {
  const auto found = problems_in(
      "ingest_prot: 9667\n"
      "wal_sync: sometimes\n"
      "limits: {body_bytes: 3 apples}\n",
      {{"SPOOKY_SCHEDULER_INGEST_PORT", "x"}});
  CHECK(
      found ==
      lines{
          "FILE:1:1: ingest_prot: is not a known key; did you mean ingest_port?",
          "FILE:2:11: wal_sync: 'sometimes' must be one of always, interval, never",
          "FILE:3:22: limits.body_bytes: '3 apples' must be a size from 1KiB to 1GiB, in bytes or "
          "with KiB, MiB or GiB",
          "environment: SPOOKY_SCHEDULER_INGEST_PORT: 'x' must be a whole number from 0 to 65535"});
}

TEST_CASE("unknown keys are refused at every level, with the nearest known one") {
  CHECK(problems_in("db: {usrname: x}\n") ==
        lines{"FILE:1:6: db.usrname: is not a known key; did you mean db.username?"});
  CHECK(problems_in("scheduler: {ingest_prt: 1}\n") ==
        lines{"FILE:1:13: scheduler.ingest_prt: is not a known key; did you mean "
              "scheduler.ingest_port?"});
  CHECK(problems_in("ssp: {listen_adr: ':1'}\n") ==
        lines{"FILE:1:7: ssp.listen_adr: is not a known key; did you mean ssp.listen_addr?"});
  CHECK(problems_in("schedular: {}\n") ==
        lines{"FILE:1:1: schedular: is not a known key; did you mean scheduler?"});
  CHECK(problems_in("colour: red\n") ==
        lines{"FILE:1:1: colour: is not a known key; docs/operations.md lists all of them"});
  CHECK(problems_in("namespace: x\n") ==
        lines{"FILE:1:1: namespace: is not a known key; did you mean db.namespace?"});
  CHECK(problems_in("ssp: {ssp: {id: x}}\n").size() == 1);
}

TEST_CASE("secrets are never shown") {
  const auto found = problems_in("auth_secret: {a: hunter2}\ndb: {password: {a: hunter2}}\n",
                                 {{"SPOOKY_AUTH_SECRET", ""}});
  REQUIRE(found.size() == 2);
  for (const auto& line : found) CHECK(line.find("hunter2") == std::string::npos);
}

TEST_CASE("an unset variable in the file is named") {
  CHECK(problems_in("db: {password: \"${DB_PASSWORD}\"}\n") ==
        lines{"FILE:1:16: db.password: '****' needs the variable DB_PASSWORD, which is not set; "
              "${DB_PASSWORD:-text} gives it a default"});
  CHECK(problems_in("ingest_port: ${PORT}\n", {{"PORT", "many"}}) ==
        lines{"FILE:1:14: ingest_port: '${PORT} = many' must be a whole number from 0 to 65535"});
}

TEST_CASE("files that cannot be read") {
  const auto missing = load_scheduler_settings("no/such/file.yml", {{"SPOOKY_ALLOW_OPEN", "true"}});
  REQUIRE(missing.problems.size() == 1);
  CHECK(to_string(missing.problems[0]) ==
        "no/such/file.yml: cannot be read: No such file or directory");
  const auto by_variable = load_ssp_settings(
      std::nullopt, {{"SPOOKY_CONFIG_PATH", "nowhere.yml"}, {"SPOOKY_ALLOW_OPEN", "true"}});
  CHECK(by_variable.problems.size() == 1);
  const auto folder = load_scheduler_settings(std::filesystem::temp_directory_path().string(),
                                              {{"SPOOKY_ALLOW_OPEN", "true"}});
  REQUIRE(folder.problems.size() == 1);
  CHECK(folder.problems[0].allowed == "is a directory, not a file");
}

TEST_CASE("files that are not settings") {
  const auto broken = problems_in("db: {url: x\nport: 1\n");
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].starts_with("FILE:"));
  CHECK(broken[0].find("is not YAML: ") != std::string::npos);
  CHECK(problems_in("- a\n- b\n") ==
        lines{"FILE:1:1: must hold `key: value` lines at the top level"});
  CHECK(problems_in("ingest_port: 1\ningest_port: 2\n") ==
        lines{"FILE:2:1: ingest_port: appears twice; the first is in line 1"});
  CHECK(problems_in("db: root\n") ==
        lines{"FILE:1:5: db: 'root' must be a section of indented `key: value` lines"});
  CHECK(problems_in("ssp: 1\n").size() == 1);
  CHECK(problems_in("? [a]\n: 1\n").size() == 1);
}

TEST_CASE("a file cannot exhaust the reader") {
  std::string deep;
  for (int i = 0; i < 400; ++i) deep += "[";
  CHECK_FALSE(problems_in("job_tables: " + deep + "\n").empty());
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
              ", " + before + ", " + before + ", " + before + ", " + before + "]\n";
  }
  const auto found = problems_in(laughs);
  CHECK(std::any_of(found.begin(), found.end(), [](const std::string& line) {
    return line.find("beyond any settings file") != std::string::npos;
  }));
}

TEST_CASE("values that contradict each other are found at the key that was set") {
  CHECK(
      problems_in("heartbeat_timeout_ms: 4000\n") ==
      lines{"FILE:1:23: heartbeat_timeout_ms: '4000' must leave heartbeat_timeout_ms (4000) longer "
            "than heartbeat_interval_ms (5000), or every SSP is taken for dead"});
  const auto by_variable = problems_in("", {{"SPOOKY_SCHEDULER_HEARTBEAT_INTERVAL_MS", "20000"}});
  REQUIRE(by_variable.size() == 1);
  CHECK(by_variable[0].starts_with("environment: SPOOKY_SCHEDULER_HEARTBEAT_INTERVAL_MS: '20000'"));
  CHECK(problems_in("bootstrap_timeout_secs: 700\n").size() == 1);
  CHECK(problems_in("wal_path: ./data/replica\n").size() == 1);
  CHECK(problems_in("capture: {overlap_secs: 100, retention_secs: 60}\n").size() == 1);
  CHECK(problems_in("watchman: {confirm_after_ms: 400}\n").size() == 1);
}

TEST_CASE("backends: what is missing, doubled or wrong") {
  CHECK(problems_in("backends:\n  mail: {timeout: soon}\n") ==
        lines{"FILE:2:19: backends.mail.timeout: 'soon' must be a time from 1ms to 24h, such as "
              "500ms, 10s or 10 (seconds)",
              "FILE:2:3: backends.mail: needs baseUrl, the address jobs are sent to",
              "FILE:2:3: backends.mail: needs method.table, the outbox table of its jobs"});
  CHECK(
      problems_in("backends:\n"
                  "  a: {baseUrl: 'a:1', method: {table: t}}\n"
                  "  b: {baseUrl: 'b:1', method: {table: t}}\n") ==
      lines{"FILE:3:39: backends.b.method.table: 't' is the table of backend a already; a job must "
            "have one backend only"});
  CHECK(problems_in("backends: {a: {baseUrl: 'ftp://a', method: {table: t}}}\n") ==
        lines{"FILE:1:25: backends.a.baseUrl: 'ftp://a' must be host:port, or an http or https URL "
              "without credentials"});
  CHECK(problems_in("backends: {a: {baseUrl: 'a', auth: {type: token}, method: {table: t}}}\n") ==
        lines{"FILE:1:43: backends.a.auth.type: 'token' needs auth.token with auth.type: token"});
  CHECK(
      problems_in("backends: {a: {baseUrl: 'a', auth: {token: x}, method: {table: t}}}\n") ==
      lines{"FILE:1:44: backends.a.auth.token: '****' needs auth.type: token, or the token is not "
            "sent"});
  CHECK(problems_in("backends: {a: {baseurl: 'a', method: {table: t}}}\n")[0] ==
        "FILE:1:16: backends.a.baseurl: is not a known key; did you mean backends.a.baseUrl?");
  CHECK(problems_in("backends: {a: 1}\n").size() == 1);
}

TEST_CASE("a password in a URL is not shown") {
  CHECK(
      problems_in("db: {url: 'ws://root:s3c@ret@db:8000'}\n") ==
      lines{"FILE:1:11: db.url: 'ws://****@db:8000' must be host:port, or a ws, wss, http or https "
            "URL without credentials"});
  for (const auto& line : problems_in(
           "db: {url: \"${URL}\"}\nbackends: {a: {baseUrl: 'u:hunter2@b', method: {table: t}}}\n",
           {{"URL", "ws://root:hunter2@db"},
            {"SPOOKY_SCHEDULER_ADVERTISE_ADDR", "http://u:hunter2@h"}}))
    CHECK_MESSAGE(line.find("hunter2") == std::string::npos, line);
}

TEST_CASE("a variable that only looks like ours is warned of; what platforms inject is not") {
  const auto out =
      load_scheduler_settings(std::nullopt, {{"SPOOKY_AUTH_SECRT", "hunter2"},
                                             {"SPOOKY_ALLOW_OPEN", "true"},
                                             {"SPOOKY_SCHEDULER_INGEST_PROT", "1"},
                                             {"SPOOKY_COLOUR", "red"},
                                             {"SPOOKY_SSP_LISTEN_ADDR", ":1"},
                                             {"SPOOKY_SCHEDULER_SERVICE_HOST", "10.0.0.1"},
                                             {"SPOOKY_SCHEDULER_SERVICE_PORT_HTTP", "1"},
                                             {"SPOOKY_SCHEDULER_PORT", "tcp://10.0.0.1:9667"},
                                             {"SPOOKY_SCHEDULER_PORT_9667_TCP_ADDR", "10.0.0.1"}});
  CHECK(out.ok());
  std::vector<std::string> warnings;
  for (const auto& warning : out.warnings) warnings.push_back(to_string(warning));
  CHECK(warnings ==
        lines{"environment: SPOOKY_AUTH_SECRT: is ignored; did you mean SPOOKY_AUTH_SECRET?",
              "environment: SPOOKY_COLOUR: is ignored: it is no variable of Spooky's; "
              "docs/operations.md lists them",
              "environment: SPOOKY_SCHEDULER_INGEST_PROT: is ignored; did you mean "
              "SPOOKY_SCHEDULER_INGEST_PORT?"});
}

TEST_CASE("lists and maps in variables") {
  const auto found = problems_in(
      "", {{"SPOOKY_SCHEDULER_JOB_TABLES", "a,,b"}, {"SPOOKY_SCHEDULER_CAPTURE_TABLES", "orders"}});
  CHECK(
      found ==
      lines{
          "environment: SPOOKY_SCHEDULER_CAPTURE_TABLES: 'orders' must be a map of names to one of "
          "changefeed, webhook, live, written as name=value,name=value",
          "environment: SPOOKY_SCHEDULER_JOB_TABLES: 'a,,b' must be a list such as [a, b]"});
}

TEST_CASE("no damage to the sample file makes the loader throw") {
  std::ostringstream sample;
  sample << std::ifstream(std::string(SPOOKY_SOURCE_DIR) + "/config/spooky.yml").rdbuf();
  const unsigned seed = 20260;
  INFO("seed ", seed);
  std::mt19937 random(seed);
  const std::string marks = "{}[]:,#&*!|>'\"%@`-? \n\t\0$x1\xff";
  for (int round = 0; round < 500; ++round) {
    std::string text = sample.str();
    for (int hit = 0; hit < 5; ++hit) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = marks[random() % marks.size()];
          break;
        case 1:
          text.erase(at, random() % 40);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
      }
    }
    const temporary_file file(text);
    CHECK_NOTHROW(load_scheduler_settings(file.path(), {}));
    CHECK_NOTHROW(load_ssp_settings(file.path(), {}));
  }
}
