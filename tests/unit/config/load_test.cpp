#include "config/load.hpp"

#include "config/catalogue.hpp"
#include "tests/unit/config/temporary_file.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace spooky::config;
using namespace std::chrono_literals;

namespace {

std::string problems_of(const std::vector<problem>& problems) {
  std::string out;
  for (const auto& p : problems) out += to_string(p) + "\n";
  return out;
}

/// Listens wherever the defaults say, without a secret.
const environment open_listener{{"SPOOKY_ALLOW_OPEN", "true"}};

environment with_open_listener(environment env) {
  env.insert(open_listener.begin(), open_listener.end());
  return env;
}

loaded<scheduler_process> scheduler_from(const std::string& text, const environment& given = {}) {
  const temporary_file file(text);
  const auto env = with_open_listener(given);
  return load_scheduler_settings(file.path(), env);
}

loaded<ssp_process> ssp_from(const std::string& text, const environment& given = {}) {
  const temporary_file file(text);
  const auto env = with_open_listener(given);
  return load_ssp_settings(file.path(), env);
}

}  // namespace

TEST_CASE("without file and environment the contract's defaults hold") {
  const auto scheduler = load_scheduler_settings(std::nullopt, open_listener);
  REQUIRE_MESSAGE(scheduler.ok(), problems_of(scheduler.problems));
  const auto& s = scheduler.settings;
  CHECK(s.db.url == "localhost:8000/rpc");
  CHECK(s.db.ns == "spooky");
  CHECK(s.db.database == "spooky");
  CHECK(s.db.username == "root");
  CHECK(s.db.password == "root");
  CHECK(s.db.system_prefix == "_spooky_");
  CHECK(s.balance == load_balance::least_queries);
  CHECK(s.ingest_host == "0.0.0.0");
  CHECK(s.ingest_port == 9667);
  CHECK(s.replica_db_path == "./data/replica");
  CHECK(s.wal_path == "./data/event_wal.log");
  CHECK(s.sync == wal_sync::always);
  CHECK(s.heartbeat_interval == 5s);
  CHECK(s.heartbeat_timeout == 15s);
  CHECK(s.bootstrap_timeout == 120s);
  CHECK(s.ssp_poll_interval == 3s);
  CHECK(s.max_buffer_per_ssp == 10'000);
  CHECK(s.snapshot_update_interval == 300s);
  CHECK(s.job_tables.empty());
  CHECK(s.removal == edge_removal::bump_then_delete);

  const auto ssp = load_ssp_settings(std::nullopt, open_listener);
  REQUIRE(ssp.ok());
  CHECK(ssp.settings.listen_host == "0.0.0.0");
  CHECK(ssp.settings.listen_port == 8667);
  CHECK(ssp.settings.db.url == "127.0.0.1:8000");
  CHECK(ssp.settings.db.ns == "test");
  CHECK(ssp.settings.db.database == "test");
  CHECK(ssp.settings.ttl_cleanup_interval == 60s);
  CHECK(ssp.settings.single_mode());
}

TEST_CASE("the SSP's fixed variables are the contract's") {
  const auto out =
      load_ssp_settings(std::nullopt, {{"LISTEN_ADDR", "127.0.0.1:9000"},
                                       {"SURREALDB_ADDR", "db.internal:8000"},
                                       {"SURREALDB_USER", "u"},
                                       {"SURREALDB_PASS", "p"},
                                       {"SURREALDB_NS", "n"},
                                       {"SURREALDB_DB", "d"},
                                       {"SCHEDULER_URL", "http://scheduler:9667"},
                                       {"SSP_ID", "ssp-1"},
                                       {"ADVERTISE_ADDR", "ssp-1.internal:9000"},
                                       {"HEARTBEAT_INTERVAL_MS", "250"},
                                       {"SPOOKY_AUTH_SECRET", "hush"},
                                       {"SPOOKY_SSP_LIMITS_TURN_TIME_MS", "50"},
                                       {"SPOOKY_SSP_LIMITS_ROWS", "5000"},
                                       {"SPOOKY_SSP_LIMITS_CLIENT_VIEWS", "3"},
                                       {"SPOOKY_SSP_LIMITS_CLIENT_ROWS", "400"},
                                       {"SPOOKY_SSP_LIMITS_CLIENT_MEMORY_BYTES", "2MiB"},
                                       {"TTL_CLEANUP_INTERVAL_SECS", "7"}});
  REQUIRE_MESSAGE(out.ok(), problems_of(out.problems));
  const auto& s = out.settings;
  CHECK(s.listen_host == "127.0.0.1");
  CHECK(s.listen_port == 9000);
  CHECK(s.db.url == "db.internal:8000");
  CHECK(s.db.username == "u");
  CHECK(s.db.password == "p");
  CHECK(s.db.ns == "n");
  CHECK(s.db.database == "d");
  CHECK(s.scheduler_url == "http://scheduler:9667");
  CHECK_FALSE(s.single_mode());
  CHECK(s.id == "ssp-1");
  CHECK(s.advertise_addr == "ssp-1.internal:9000");
  CHECK(s.heartbeat_interval == 250ms);
  CHECK(s.auth_secret == "hush");
  CHECK(s.ttl_cleanup_interval == 7s);
  CHECK(s.limits.turn_time == 50ms);
  CHECK(s.limits.rows == 5'000);
  CHECK(s.limits.client_views == 3);
  CHECK(s.limits.client_rows == 400);
  CHECK(s.limits.client_memory_bytes == 2 * 1024 * 1024);
}

TEST_CASE("the scheduler's variables are the prefix and the key in upper snake case") {
  const auto out = load_scheduler_settings(
      std::nullopt, {{"SPOOKY_SCHEDULER_DB_URL", "ws://db:8000/rpc"},
                     {"SPOOKY_SCHEDULER_DB_NAMESPACE", "n"},
                     {"SPOOKY_SCHEDULER_LOAD_BALANCE", "round_robin"},
                     {"SPOOKY_SCHEDULER_INGEST_PORT", "1234"},
                     {"SPOOKY_SCHEDULER_HEARTBEAT_TIMEOUT_MS", "9000"},
                     {"SPOOKY_SCHEDULER_MAX_BUFFER_PER_SSP", "5"},
                     {"SPOOKY_SCHEDULER_JOB_TABLES", "mail_job, push_job"},
                     {"SPOOKY_SCHEDULER_CAPTURE", "live"},
                     {"SPOOKY_SCHEDULER_CAPTURE_TABLES", "orders=webhook,users=changefeed"},
                     {"SPOOKY_SCHEDULER_LIMITS_BODY_BYTES", "2MiB"},
                     {"SCHEDULER_ID", "one"},
                     {"SPOOKY_AUTH_SECRET", "hush"}});
  REQUIRE_MESSAGE(out.ok(), problems_of(out.problems));
  const auto& s = out.settings;
  CHECK(s.db.url == "ws://db:8000/rpc");
  CHECK(s.db.ns == "n");
  CHECK(s.balance == load_balance::round_robin);
  CHECK(s.ingest_port == 1234);
  CHECK(s.heartbeat_timeout == 9s);
  CHECK(s.max_buffer_per_ssp == 5);
  CHECK(s.job_tables == std::vector<std::string>{"mail_job", "push_job"});
  CHECK(s.capture.mode == capture_mode::live);
  CHECK(s.capture.mode_of("orders") == capture_mode::webhook);
  CHECK(s.capture.mode_of("users") == capture_mode::changefeed);
  CHECK(s.capture.mode_of("anything") == capture_mode::live);
  CHECK(s.limits.body_bytes == 2 * 1024 * 1024);
  CHECK(s.id == "one");
  CHECK(s.auth_secret == "hush");
}

TEST_CASE("the environment wins over the process's section, which wins over the top level") {
  const std::string text =
      "heartbeat_interval_ms: 1000\n"
      "log: {level: warn, format: json}\n"
      "db:\n"
      "  namespace: top\n"
      "  database: top\n"
      "ssp:\n"
      "  heartbeat_interval_ms: 2000\n"
      "  db: {namespace: section}\n"
      "scheduler:\n"
      "  log: {level: debug}\n";
  const auto ssp = ssp_from(text, {{"SURREALDB_DB", "variable"}});
  REQUIRE_MESSAGE(ssp.ok(), problems_of(ssp.problems));
  CHECK(ssp.settings.heartbeat_interval == 2s);
  CHECK(ssp.settings.db.ns == "section");
  CHECK(ssp.settings.db.database == "variable");
  CHECK(ssp.settings.log.level == log_level::warn);
  CHECK(ssp.settings.log.format == log_format::json);

  const auto scheduler = scheduler_from(text, {{"SPOOKY_SCHEDULER_HEARTBEAT_INTERVAL_MS", "3000"}});
  REQUIRE_MESSAGE(scheduler.ok(), problems_of(scheduler.problems));
  CHECK(scheduler.settings.heartbeat_interval == 3s);
  CHECK(scheduler.settings.db.ns == "top");
  CHECK(scheduler.settings.log.level == log_level::debug);
}

TEST_CASE("a section stands for its process wherever in the file it is") {
  const auto out = scheduler_from("scheduler: {ingest_port: 2}\ningest_port: 1\n");
  REQUIRE(out.ok());
  CHECK(out.settings.ingest_port == 2);
}

TEST_CASE("keys of the other process are known but not judged") {
  CHECK(ssp_from("load_balance: nonsense\nwal_sync: ${NOT_SET_HERE}\n").ok());
  CHECK(scheduler_from("ssp: {listen_addr: nonsense, capture: {mode: x}}\n").ok());
}

TEST_CASE("an empty variable counts as unset") {
  const auto out = load_ssp_settings(std::nullopt, {{"SSP_ID", ""}, {"SURREALDB_PASS", ""}});
  CHECK(out.settings.id.empty());
  CHECK(out.settings.db.password == "root");
}

TEST_CASE("capture is a mode or a section, and a list in a file replaces the default") {
  CHECK(scheduler_from("capture: webhook\n").settings.capture.mode == capture_mode::webhook);
  const auto out = scheduler_from(
      "capture:\n  mode: live\n  overlap_secs: 3\n  tables: {a: changefeed}\njob_tables: [x, y]\n");
  REQUIRE_MESSAGE(out.ok(), problems_of(out.problems));
  CHECK(out.settings.capture.mode == capture_mode::live);
  CHECK(out.settings.capture.overlap == 3s);
  CHECK(out.settings.capture.mode_of("a") == capture_mode::changefeed);
  CHECK(out.settings.job_tables == std::vector<std::string>{"x", "y"});
}

TEST_CASE("backends carry the documented form, with variables expanded") {
  const auto out = ssp_from(
      "job_tables: [push_job, mail_job]\n"
      "backends:\n"
      "  mail:\n"
      "    type: http\n"
      "    baseUrl: https://${HOST}:8443/api\n"
      "    auth: {type: token, token: \"${TOKEN}\"}\n"
      "    method: {type: outbox, table: mail_job}\n"
      "    timeout: 2s\n"
      "    concurrency: 9\n"
      "  bill: {baseUrl: 'bill:80', method: {table: bill_job}}\n",
      {{"HOST", "mail.internal"}, {"TOKEN", "t0k"}});
  REQUIRE_MESSAGE(out.ok(), problems_of(out.problems));
  const auto& mail = out.settings.backends.at("mail");
  CHECK(mail.base_url == "https://mail.internal:8443/api");
  CHECK(mail.auth == backend_settings::auth_type::token);
  CHECK(mail.token == "t0k");
  CHECK(mail.table == "mail_job");
  CHECK(mail.timeout == 2s);
  CHECK(mail.concurrency == 9);
  const auto& bill = out.settings.backends.at("bill");
  CHECK(bill.auth == backend_settings::auth_type::none);
  CHECK(bill.timeout == 10s);
  CHECK(out.settings.outbox_tables() ==
        std::vector<std::string>{"bill_job", "mail_job", "push_job"});
}

TEST_CASE("SPOOKY_CONFIG_PATH names the file unless the command line does") {
  const temporary_file one("ingest_port: 1\n");
  const temporary_file two("ingest_port: 2\n");
  const environment env{{"SPOOKY_CONFIG_PATH", one.path()}};
  CHECK(load_scheduler_settings(std::nullopt, env).settings.ingest_port == 1);
  CHECK(load_scheduler_settings(std::nullopt, env).file == one.path());
  CHECK(load_scheduler_settings(two.path(), env).settings.ingest_port == 2);
}

TEST_CASE("an empty or comment-only file is fine") {
  CHECK(scheduler_from("").ok());
  CHECK(scheduler_from("# nothing\n").ok());
}

TEST_CASE("secrets: one or two, by list or apart by blanks") {
  using words = std::vector<std::string>;
  const auto own = scheduler_from(
      "node_secret: [new, old]\noperator_secret: ${OPS}\ndatabase_secret: [d]\nauth_secret: x y\n",
      {{"OPS", "o1 o2"}});
  REQUIRE_MESSAGE(own.ok(), problems_of(own.problems));
  CHECK(own.settings.access.node_secret == words{"new", "old"});
  CHECK(own.settings.access.operator_secret == words{"o1", "o2"});
  CHECK(own.settings.access.database_secret == words{"d"});
  CHECK(own.settings.auth_secret == "x y");

  const auto by_variable =
      ssp_from("node_secret: [file, f]\n", {{"SPOOKY_NODE_SECRET", " a,1  b "}});
  CHECK(by_variable.settings.access.node_secret == words{"a,1", "b"});

  for (const auto* wrong : {"node_secret: [a, b, c]\n", "node_secret: a b c\n",
                            "node_secret: [\"t\\xe9\"]\n", "node_secret: {a: b}\n"})
    CHECK_MESSAGE(scheduler_from(wrong).problems.size() == 1, wrong);
}

TEST_CASE("TLS needs certificate and key, and the allowlist its words") {
  const auto tls = ssp_from("tls: {cert: c.pem, key: k.pem, ca: ca.pem}\nallowlist: enforce\n");
  REQUIRE_MESSAGE(tls.ok(), problems_of(tls.problems));
  CHECK(tls.settings.access.tls.listens());
  CHECK(tls.settings.access.tls.ca == "ca.pem");
  CHECK(tls.settings.access.allowlist.mode == allowlist_mode::enforce);
  CHECK(ssp_from("tls: {cert: c.pem}\n").problems.size() == 1);
  CHECK(ssp_from("tls: {key: k.pem}\n").problems.size() == 1);
  CHECK(ssp_from("allowlist: {mode: maybe}\n").problems.size() == 1);
}

TEST_CASE("off loopback nothing starts without a secret, unless that is wanted") {
  const auto refused = load_scheduler_settings(std::nullopt, {});
  REQUIRE(refused.problems.size() == 1);
  CHECK(to_string(refused.problems[0]) ==
        "defaults: ingest_host: lets others than this machine in (0.0.0.0), and no secret is set: "
        "set node_secret (SPOOKY_NODE_SECRET), listen on 127.0.0.1, or say allow_open: true");
  const temporary_file file("ssp: {listen_addr: '10.0.0.5:8667'}\n");
  const auto ssp = load_ssp_settings(file.path(), {});
  REQUIRE(ssp.problems.size() == 1);
  CHECK(to_string(ssp.problems[0]).starts_with(file.path() + ":1:20: ssp.listen_addr: "));

  const auto starts = [](const environment& env) {
    return load_scheduler_settings(std::nullopt, env).ok();
  };
  for (const auto* host : {"127.0.0.1", "127.8.0.1", "localhost", "::1"})
    CHECK_MESSAGE(starts({{"SPOOKY_SCHEDULER_INGEST_HOST", host}}), host);
  for (const auto* host : {"127.evil.example", "::", "192.168.0.1", "localhost.example"})
    CHECK_FALSE_MESSAGE(starts({{"SPOOKY_SCHEDULER_INGEST_HOST", host}}), host);
  CHECK(starts({{"SPOOKY_NODE_SECRET", "s"}}));
  CHECK(starts({{"SPOOKY_AUTH_SECRET", "s"}}));
  CHECK(starts({{"SPOOKY_ALLOW_OPEN", "true"}}));
  // Others told apart, but not nodes: everybody would be one.
  CHECK_FALSE(starts({{"SPOOKY_OPERATOR_SECRET", "s"}, {"SPOOKY_ALLOW_OPEN", "true"}}));
}

TEST_CASE("every key can be set by the file and by its variable") {
  // Whatever `show` prints must be accepted back, at every key: the documented default is valid
  // text.
  for (const auto& s : scheduler_catalogue()) {
    if (s.shape != setting<scheduler_process>::form::scalar) continue;
    scheduler_process fresh;
    const std::string shown = s.show(fresh);
    INFO(s.key, " = ", shown);
    CHECK(s.assign(fresh, "", shown));
    CHECK(s.show(fresh) == shown);
  }
  for (const auto& s : ssp_catalogue()) {
    if (s.shape != setting<ssp_process>::form::scalar) continue;
    ssp_process fresh;
    INFO(s.key);
    CHECK(s.assign(fresh, "", s.show(fresh)));
  }
}

TEST_CASE("no two keys share a name or a variable, and units stand in the key") {
  std::set<std::string> seen;
  for (const auto& s : scheduler_catalogue()) {
    CHECK_MESSAGE(seen.insert(s.key).second, s.key);
    for (const auto& name : s.variables) CHECK_MESSAGE(seen.insert(name).second, name);
    CHECK_MESSAGE(!s.meaning.empty(), s.key);
    CHECK_MESSAGE(!s.allowed.empty(), s.key);
  }
}

TEST_CASE("the sample file is valid for both processes and states the defaults") {
  const std::string sample = std::string(SPOOKY_SOURCE_DIR) + "/config/spooky.yml";
  const auto scheduler = load_scheduler_settings(sample, open_listener);
  REQUIRE_MESSAGE(scheduler.ok(), problems_of(scheduler.problems));
  for (const auto& s : scheduler_catalogue()) {
    if (s.key == "allow_open") continue;
    CHECK_MESSAGE(s.show(scheduler.settings) == s.show(scheduler_process{}), s.key);
  }
  const auto ssp = load_ssp_settings(sample, open_listener);
  REQUIRE_MESSAGE(ssp.ok(), problems_of(ssp.problems));
  CHECK(ssp.settings.db.ns == scheduler.settings.db.ns);
}

TEST_CASE("how often the database is asked for views is read, and bounded") {
  const auto ssp = ssp_from("views: { asked_debounce_ms: 50, asked_pause_ms: 0 }",
                            {{"SPOOKY_SSP_VIEWS_ASKED_PER_SECOND", "7"}});
  REQUIRE_MESSAGE(ssp.ok(), problems_of(ssp.problems));
  CHECK(ssp.settings.asking.debounce == 50ms);
  CHECK(ssp.settings.asking.pause == 0ms);
  CHECK(ssp.settings.asking.per_second == 7);
  CHECK_FALSE(ssp_from("views: { asked_per_second: 0 }").ok());
  CHECK_FALSE(ssp_from("views: { asked_debounce_ms: -1 }").ok());
}
