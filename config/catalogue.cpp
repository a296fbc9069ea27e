#include "config/catalogue.hpp"

#include "config/catalogue_builder.hpp"
#include "config/catalogue_streams.hpp"

#include <algorithm>
#include <cctype>

namespace spooky::config {

template <>
const std::vector<std::pair<std::string_view, capture_mode>>& names_of<capture_mode>() {
  static const std::vector<std::pair<std::string_view, capture_mode>> names{
      {"changefeed", capture_mode::changefeed},
      {"webhook", capture_mode::webhook},
      {"live", capture_mode::live}};
  return names;
}

template <>
const std::vector<std::pair<std::string_view, wal_sync>>& names_of<wal_sync>() {
  static const std::vector<std::pair<std::string_view, wal_sync>> names{
      {"always", wal_sync::always}, {"interval", wal_sync::interval}, {"never", wal_sync::never}};
  return names;
}

template <>
const std::vector<std::pair<std::string_view, edge_removal>>& names_of<edge_removal>() {
  static const std::vector<std::pair<std::string_view, edge_removal>> names{
      {"bump_then_delete", edge_removal::bump_then_delete}, {"delete", edge_removal::erase}};
  return names;
}

template <>
const std::vector<std::pair<std::string_view, load_balance>>& names_of<load_balance>() {
  static const std::vector<std::pair<std::string_view, load_balance>> names{
      {"least_queries", load_balance::least_queries},
      {"round_robin", load_balance::round_robin},
      {"least_load", load_balance::least_load}};
  return names;
}

template <>
const std::vector<std::pair<std::string_view, allowlist_mode>>& names_of<allowlist_mode>() {
  static const std::vector<std::pair<std::string_view, allowlist_mode>> names{
      {"off", allowlist_mode::off},
      {"warn", allowlist_mode::warn},
      {"enforce", allowlist_mode::enforce}};
  return names;
}

template <>
const std::vector<std::pair<std::string_view, log_level>>& names_of<log_level>() {
  static const std::vector<std::pair<std::string_view, log_level>> names{
      {"trace", log_level::trace}, {"debug", log_level::debug}, {"info", log_level::info},
      {"warn", log_level::warn},   {"error", log_level::error}, {"off", log_level::off}};
  return names;
}

template <>
const std::vector<std::pair<std::string_view, log_format>>& names_of<log_format>() {
  static const std::vector<std::pair<std::string_view, log_format>> names{
      {"text", log_format::text}, {"json", log_format::json}};
  return names;
}

template <>
const std::vector<std::pair<std::string_view, backend_settings::auth_type>>&
names_of<backend_settings::auth_type>() {
  using auth = backend_settings::auth_type;
  static const std::vector<std::pair<std::string_view, auth>> names{{"none", auth::none},
                                                                    {"token", auth::token}};
  return names;
}

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t many = 1'000'000'000;
constexpr std::int64_t kib = 1'024;
constexpr std::int64_t gib = kib * kib * kib;

bool is_not_empty(std::string_view text) { return !text.empty(); }
bool is_database_url(std::string_view text) { return is_endpoint(text, "ws,wss,http,https"); }
bool is_http_url(std::string_view text) { return is_endpoint(text, "http,https"); }

constexpr auto database_url = "host:port, or a ws, wss, http or https URL without credentials";
constexpr auto http_url = "host:port, or an http or https URL without credentials";

/// The fixed names that an SSP's variables have besides the generated ones.
struct database_variables {
  std::vector<std::string> url, ns, database, username, password;
};

template <class S>
void add_database(catalogue_builder<S>& c, const database_variables& fixed) {
  c.text(
      {"db.url", fixed.url}, [](auto& s) -> auto& { return s.db.url; }, database_url,
      is_database_url, "SurrealDB's address; the path is `/rpc` unless one is given.");
  c.text(
      {"db.namespace", fixed.ns}, [](auto& s) -> auto& { return s.db.ns; }, "a name", is_not_empty,
      "The application's namespace.");
  c.text(
      {"db.database", fixed.database}, [](auto& s) -> auto& { return s.db.database; }, "a name",
      is_not_empty, "The application's database.");
  c.text(
      {"db.username", fixed.username}, [](auto& s) -> auto& { return s.db.username; },
      "The user to sign in as: root, or a user of the namespace or database with role OWNER "
      "(EDITOR where `db.provision` is off).");
  c.secret(
      {"db.password", fixed.password}, [](auto& s) -> auto& { return s.db.password; },
      "That user's password.");
  c.toggle(
      {"db.provision"}, [](auto& s) -> auto& { return s.db.provision; },
      "Install the system tables, functions and change feeds at start, as `spooky schema "
      "--apply` would.");
  c.toggle(
      {"db.create"}, [](auto& s) -> auto& { return s.access.create_database; },
      "Define namespace and database where they are missing. Otherwise one that is missing, or "
      "misspelt, is refused.");
  c.text(
      {"db.system_prefix"}, [](auto& s) -> auto& { return s.db.system_prefix; },
      "a plain name: letters, digits and _, not starting with a digit", is_plain_name,
      "Start of the names of the system tables and fields.");
  c.whole(
      {"db.request_timeout_ms"}, [](auto& s) -> auto& { return s.db.request_timeout; }, 100, day_ms,
      "How long one request to SurrealDB may take.");
  c.whole(
      {"db.max_in_flight"}, [](auto& s) -> auto& { return s.db.max_in_flight; }, 1, 100'000,
      "Requests in flight to SurrealDB on one connection.");
}

template <class S>
void add_capture(catalogue_builder<S>& c) {
  c.choice(
      {"capture.mode", {}, "capture"}, [](auto& s) -> auto& { return s.capture.mode; },
      "Where committed changes are read from. `capture: changefeed` is short for it.");
  c.choices(
      {"capture.tables"}, [](auto& s) -> auto& { return s.capture.tables; },
      "Tables captured in another way. As a variable: `orders=webhook,users=live`.");
  c.whole(
      {"capture.overlap_secs"}, [](auto& s) -> auto& { return s.capture.overlap; }, 1, 3'600,
      "Change feed: each poll reads this far back again, since a commit may become visible "
      "after later ones. Longer than the longest transaction takes to commit.");
  c.whole(
      {"capture.page_limit"}, [](auto& s) -> auto& { return s.capture.page_limit; }, 100, 1'000,
      "Change feed: entries asked for at once.");
  c.whole(
      {"capture.poll_interval_ms"}, [](auto& s) -> auto& { return s.capture.poll_interval; }, 10,
      60'000, "Change feed: the longest pause between two polls when nothing wakes it.");
  c.whole(
      {"capture.retention_secs"}, [](auto& s) -> auto& { return s.capture.retention; }, 60,
      31'536'000,
      "Change feed: retention of a feed that `db.provision` switches on. After a longer outage "
      "the tables are compared with the database.");
  c.whole(
      {"capture.table_interval_ms"}, [](auto& s) -> auto& { return s.capture.table_interval; }, 100,
      3'600'000,
      "How often the database is asked which tables and fields it has. New and removed tables are "
      "seen within this time.");
  c.whole(
      {"capture.compare_interval_secs"},
      [](auto& s) -> auto& { return s.capture.compare_interval; }, 1, 31'536'000,
      "Webhook and live: how often every table is compared with the replica, which finds what "
      "neither an event nor a notification told. Reads the whole database.");
}

template <class S>
void add_watchman(catalogue_builder<S>& c) {
  c.whole(
      {"watchman.reads_per_second"}, [](auto& s) -> auto& { return s.watchman.reads_per_second; },
      0, 1'000,
      "Reads of the database in a second with which the watchman compares in the background, the "
      "scheduler tables with its replica, an SSP its views; 0: nothing is compared.");
  c.whole(
      {"watchman.share_percent"}, [](auto& s) -> auto& { return s.watchman.share_percent; }, 1, 100,
      "Of the time that these comparisons may take together, the database's answers included.");
  c.whole(
      {"watchman.confirm_after_ms"}, [](auto& s) -> auto& { return s.watchman.confirm_after; }, 100,
      day_ms,
      "A difference that a second look finds unchanged after this time is no change on its way: it "
      "is repaired, counted and logged.");
}

template <class S>
void add_limits(catalogue_builder<S>& c) {
  c.bytes(
      {"limits.body_bytes"}, [](auto& s) -> auto& { return s.limits.body_bytes; }, kib, gib,
      "Largest request body.");
  c.bytes(
      {"limits.header_bytes"}, [](auto& s) -> auto& { return s.limits.header_bytes; }, kib,
      kib* kib, "Largest request head.");
  c.whole(
      {"limits.connections"}, [](auto& s) -> auto& { return s.limits.connections; }, 1, 1'000'000,
      "Open connections. Beyond them a new one takes the place of the one idle for longest.");
  c.whole(
      {"limits.request_timeout_ms"}, [](auto& s) -> auto& { return s.limits.request_timeout; }, 100,
      day_ms,
      "From a request's first byte to its last, and from there to its answer; registrations may "
      "take longer.");
  c.whole(
      {"limits.idle_timeout_ms"}, [](auto& s) -> auto& { return s.limits.idle_timeout; }, 100,
      day_ms, "Silence on a kept-alive connection before it is closed.");
  c.whole(
      {"limits.pending_requests"}, [](auto& s) -> auto& { return s.limits.pending_requests; }, 1,
      many, "Requests accepted and not yet answered; more get 503.");
  c.whole(
      {"limits.batch_changes"}, [](auto& s) -> auto& { return s.limits.batch_changes; }, 1, many,
      "Changes in one body of `/ingest/batch`; more get 413.");
  c.bytes(
      {"limits.query_bytes"}, [](auto& s) -> auto& { return s.limits.query_bytes; }, kib,
      64 * kib * kib, "Length of a SurrealQL text.");
  c.whole(
      {"limits.parse_depth"}, [](auto& s) -> auto& { return s.limits.parse_depth; }, 16, 1'000,
      "Nesting of a query's SurrealQL.");
  c.whole(
      {"limits.client_views"}, [](auto& s) -> auto& { return s.limits.client_views; }, 1, many,
      "Views of one client, by the record that `$auth` is; callers without one count together, "
      "system users not at all. With a scheduler: in the whole pool.");
  c.whole(
      {"limits.client_rows"}, [](auto& s) -> auto& { return s.limits.client_rows; }, 1, many,
      "Rows in the results of one client's views, counted when another is registered. With a "
      "scheduler: in the whole pool.");
  c.whole(
      {"limits.pending_jobs"}, [](auto& s) -> auto& { return s.limits.pending_jobs; }, 1, many,
      "Jobs queued in one process; the rest wait in their table.");
}

template <class S>
void add_general(catalogue_builder<S>& c, std::vector<std::string> heartbeat,
                 std::vector<std::string> advertise) {
  c.whole(
      {"heartbeat_interval_ms", std::move(heartbeat)},
      [](auto& s) -> auto& { return s.heartbeat_interval; }, 50, day_ms,
      "Pause between an SSP's heartbeats.");
  c.text(
      {"advertise_addr", std::move(advertise)}, [](auto& s) -> auto& { return s.advertise_addr; },
      http_url, [](std::string_view t) { return t.empty() || is_http_url(t); },
      "The address under which SurrealDB and the peers reach this process; empty: derived from "
      "where it listens.");
  c.secrets(
      {"node_secret", {"SPOOKY_NODE_SECRET"}},
      [](auto& s) -> auto& { return s.access.node_secret; },
      "What scheduler and SSPs are known by, the same in every process. Of two the first is sent "
      "and "
      "both are accepted; in a variable they are apart by a blank.");
  c.secrets(
      {"operator_secret", {"SPOOKY_OPERATOR_SECRET"}},
      [](auto& s) -> auto& { return s.access.operator_secret; },
      "What operators are known by, who may drain, reset and debug; as above. Empty: "
      "`auth_secret`, "
      "else `node_secret`.");
  c.secrets(
      {"database_secret", {"SPOOKY_DATABASE_SECRET"}},
      [](auto& s) -> auto& { return s.access.database_secret; },
      "What the database's functions and events are known by, who may register, unregister and "
      "post "
      "changes; as above. Empty: derived from the secret of the nodes, which it does not reveal.");
  c.secret(
      {"auth_secret", {"SPOOKY_AUTH_SECRET"}}, [](auto& s) -> auto& { return s.auth_secret; },
      "`node_secret` and `operator_secret` in one, where those are not set.");
  c.toggle(
      {"metrics_need_secret"}, [](auto& s) -> auto& { return s.access.metrics_need_secret; },
      "`/metrics` and `/info` are for operators only.");
  c.toggle(
      {"allow_open", {"SPOOKY_ALLOW_OPEN"}}, [](auto& s) -> auto& { return s.access.allow_open; },
      "Start without any secret although others than this machine reach the listener.");
  c.text(
      {"tls.cert", {"SPOOKY_TLS_CERT"}}, [](auto& s) -> auto& { return s.access.tls.cert; },
      "PEM file of the certificate, with its chain, that the listener shows. With it the listener "
      "speaks TLS only. Read again when it changes.");
  c.text(
      {"tls.key", {"SPOOKY_TLS_KEY"}}, [](auto& s) -> auto& { return s.access.tls.key; },
      "PEM file of its key.");
  c.text(
      {"tls.ca", {"SPOOKY_TLS_CA"}}, [](auto& s) -> auto& { return s.access.tls.ca; },
      "PEM file of the authorities that vouch for peers and the database, and for backends beside "
      "those that the system trusts. Empty: the system's.");
  c.choice(
      {"allowlist.mode", {}, "allowlist"}, [](auto& s) -> auto& { return s.access.allowlist.mode; },
      "What becomes of a registration whose query has a shape that `allowlist.file` does not list: "
      "`warn` logs it, `enforce` refuses it. The process that takes registrations looks: the "
      "scheduler, or the single SSP.");
  c.text(
      {"allowlist.file", {"SPOOKY_ALLOWLIST_FILE"}},
      [](auto& s) -> auto& { return s.access.allowlist.file; }, "a path", is_not_empty,
      "One shape a line, as `spooky allowlist` prints and adds them. Read again when it changes.");
  c.toggle(
      {"allowlist.system_exempt"},
      [](auto& s) -> auto& { return s.access.allowlist.system_exempt; },
      "System users, who need no view to see everything, register what they like.");
  c.list(
      {"job_tables"}, [](auto& s) -> auto& { return s.job_tables; },
      "Outbox tables to watch besides those of `backends`.");
  c.choice(
      {"edge_removal"}, [](auto& s) -> auto& { return s.removal; },
      "How the edge of a record that leaves a view goes. Older clients only see it leave if its "
      "version is raised first.");
  c.whole(
      {"drain_timeout_secs"}, [](auto& s) -> auto& { return s.drain_timeout; }, 0, 3'600,
      "How long a terminating process may take to hand over its work.");
  c.whole(
      {"worker_threads"}, [](auto& s) -> auto& { return s.worker_threads; }, 0, 1'024,
      "Threads that run actors; 0: one per core.");
  c.choice(
      {"log.level"}, [](auto& s) -> auto& { return s.log.level; }, "Least severity logged.");
  c.choice(
      {"log.format"}, [](auto& s) -> auto& { return s.log.format; },
      "Lines for people, or one JSON object per line.");
}

std::vector<setting<scheduler_process>> build_scheduler() {
  catalogue_builder<scheduler_process> c("SPOOKY_SCHEDULER_");
  add_database(c, {});
  add_capture(c);
  add_watchman(c);
  add_general(c, {}, {});
  c.text(
      {"id", {"SCHEDULER_ID"}}, [](auto& s) -> auto& { return s.id; },
      "This scheduler's name; empty: `scheduler-<uuid>`.");
  c.text(
      {"ingest_host"}, [](auto& s) -> auto& { return s.ingest_host; }, "an address or host name",
      is_not_empty, "Where the scheduler listens.");
  c.whole(
      {"ingest_port"}, [](auto& s) -> auto& { return s.ingest_port; }, 0, 65'535,
      "The port it listens on; 0: any free one.");
  c.choice(
      {"load_balance"}, [](auto& s) -> auto& { return s.balance; }, "Which SSP gets a new view.");
  c.whole(
      {"heartbeat_timeout_ms"}, [](auto& s) -> auto& { return s.heartbeat_timeout; }, 100, day_ms,
      "Silence after which an SSP is taken for dead and its views move.");
  c.whole(
      {"bootstrap_timeout_secs"}, [](auto& s) -> auto& { return s.bootstrap_timeout; }, 1, 86'400,
      "How long an SSP may take to load the snapshot.");
  c.whole(
      {"ssp_poll_interval_ms"}, [](auto& s) -> auto& { return s.ssp_poll_interval; }, 10, day_ms,
      "Pause between health polls of an SSP that is loading.");
  c.whole(
      {"max_buffer_per_ssp"}, [](auto& s) -> auto& { return s.max_buffer_per_ssp; }, 1, many,
      "Changes an SSP may be behind before it has to load a new snapshot.");
  c.text(
      {"replica_db_path"}, [](auto& s) -> auto& { return s.replica_db_path; }, "a path",
      is_not_empty, "Folder of the replica.");
  c.whole(
      {"snapshot_update_interval_secs"},
      [](auto& s) -> auto& { return s.snapshot_update_interval; }, 1, 86'400,
      "Pause between checkpoints of the replica; each lets the log be truncated.");
  c.whole(
      {"snapshot_max_age_secs"}, [](auto& s) -> auto& { return s.snapshot_max_age; }, 1, 86'400,
      "Longest time one snapshot stays frozen for loading SSPs.");
  c.text(
      {"wal_path"}, [](auto& s) -> auto& { return s.wal_path; }, "a path", is_not_empty,
      "The write-ahead log: a folder of segments.");
  c.choice(
      {"wal_sync"}, [](auto& s) -> auto& { return s.sync; },
      "When a change is forced to disk: before it is acknowledged, every "
      "`wal_sync_interval_ms`, or when the operating system likes.");
  c.whole(
      {"wal_sync_interval_ms"}, [](auto& s) -> auto& { return s.wal_sync_interval; }, 1, 60'000,
      "With `wal_sync: interval`: what a power cut may cost.");
  c.bytes(
      {"wal_segment_bytes"}, [](auto& s) -> auto& { return s.wal_segment_bytes; }, 64 * kib,
      4 * gib, "Size of one log segment.");
  c.whole(
      {"clone_parallel"}, [](auto& s) -> auto& { return s.clone_parallel; }, 1, 64,
      "Tables cloned at once.");
  c.whole(
      {"clone_page_rows"}, [](auto& s) -> auto& { return s.clone_page_rows; }, 1, 1'000'000,
      "Rows read at once while cloning.");
  c.whole(
      {"watchman.page_rows"}, [](auto& s) -> auto& { return s.watchman.page_rows; }, 1, 5'000,
      "Rows of a table that the watchman compares at once.");
  c.whole(
      {"limits.query_time_ms"}, [](auto& s) -> auto& { return s.limits.query_time; }, 10, day_ms,
      "Evaluation of one query.");
  c.whole(
      {"limits.query_rows"}, [](auto& s) -> auto& { return s.limits.query_rows; }, 1, many,
      "Rows in one answer of `/proxy/query`.");
  c.bytes(
      {"limits.query_memory_bytes"}, [](auto& s) -> auto& { return s.limits.query_memory_bytes; },
      kib* kib, 64 * gib, "Values that one `/proxy/query` may hold at once.");
  c.whole(
      {"rebalance_moves_per_sec"}, [](auto& s) -> auto& { return s.rebalance_moves_per_sec; }, 0,
      100'000, "Views moved to a joining SSP per second; 0: none.");
  c.toggle(
      {"demo_page"}, [](auto& s) -> auto& { return s.demo_page; },
      "Serve the page of `./run demo` at `/demo/index.html`: two queries followed by stream while "
      "writes run. It knows no secret; who opens it signs in to the database.");
  add_streams(c);
  add_limits(c);
  return c.take();
}

/// What views may take of an SSP.
void add_view_limits(catalogue_builder<ssp_process>& c) {
  c.whole(
      {"limits.view_rows"}, [](auto& s) -> auto& { return s.limits.view_rows; }, 1, many,
      "Rows in one view's result.");
  c.whole(
      {"limits.views"}, [](auto& s) -> auto& { return s.limits.views; }, 1, many,
      "Views in one SSP.");
  c.whole(
      {"limits.view_time_ms"}, [](auto& s) -> auto& { return s.limits.view_time; }, 1, day_ms,
      "Processor time of one view when it is registered, and after each batch of changes; past it "
      "the view fails until it is registered again.");
  c.whole(
      {"limits.turn_time_ms"}, [](auto& s) -> auto& { return s.limits.turn_time; }, 0, day_ms,
      "Processor time that one view may take of a registration, or of a hundred changes, "
      "while all others wait; one that needs more goes on in a thread of its own, the lane. 0: "
      "there is no lane, and others wait for as long as `limits.view_time_ms`.");
  c.whole(
      {"limits.client_heavy_queries"},
      [](auto& s) -> auto& { return s.limits.client_heavy_queries; }, 1, many,
      "Heavy queries of one client at a time, that is such as need more than "
      "`limits.turn_time_ms`: so many may wait for the lane, and so many new ones be found out "
      "within ten seconds; until then all of the client's new queries are refused. System users "
      "have no such limit.");
  c.bytes(
      {"limits.view_memory_bytes"}, [](auto& s) -> auto& { return s.limits.view_memory_bytes; },
      kib* kib, 64 * gib,
      "What one view keeps, and what its evaluation holds beside that; past it the view fails "
      "until it is registered again.");
  c.bytes(
      {"limits.memory_bytes"}, [](auto& s) -> auto& { return s.limits.memory_bytes; }, kib* kib,
      std::uint64_t{1} << 50, "Tables and views of one SSP; past it no view is registered.");
  c.whole(
      {"limits.rows"}, [](auto& s) -> auto& { return s.limits.rows; }, 1, many,
      "Rows in the results of all views of one SSP, counted when another is registered.");
  c.bytes(
      {"limits.client_memory_bytes"}, [](auto& s) -> auto& { return s.limits.client_memory_bytes; },
      kib* kib, 64 * gib,
      "What one SSP keeps for one client's views besides the rows of tables, counted when another "
      "is registered.");
}

std::vector<setting<ssp_process>> build_ssp() {
  catalogue_builder<ssp_process> c("SPOOKY_SSP_");
  add_database(c, {.url = {"SURREALDB_ADDR"},
                   .ns = {"SURREALDB_NS"},
                   .database = {"SURREALDB_DB"},
                   .username = {"SURREALDB_USER"},
                   .password = {"SURREALDB_PASS"}});
  add_capture(c);
  add_watchman(c);
  add_general(c, {"HEARTBEAT_INTERVAL_MS"}, {"ADVERTISE_ADDR"});
  c.text(
      {"id", {"SSP_ID"}}, [](auto& s) -> auto& { return s.id; },
      "This SSP's name; empty: `ssp-<uuid>`.");
  c.add(
      {"listen_addr", {"LISTEN_ADDR"}}, "host:port, with port 0 for any free one",
      "Where the SSP listens.",
      [](ssp_process& s, std::string_view, std::string_view text) {
        const auto address = parse_listen_address(text);
        if (address) std::tie(s.listen_host, s.listen_port) = *address;
        return address.has_value();
      },
      [](const ssp_process& s) { return s.listen_host + ":" + std::to_string(s.listen_port); });
  c.text(
      {"scheduler_url", {"SCHEDULER_URL"}}, [](auto& s) -> auto& { return s.scheduler_url; },
      http_url, [](std::string_view t) { return t.empty() || is_http_url(t); },
      "The scheduler's address; empty: single mode, straight from SurrealDB.");
  c.whole(
      {"ttl_cleanup_interval_secs", {"TTL_CLEANUP_INTERVAL_SECS"}},
      [](auto& s) -> auto& { return s.ttl_cleanup_interval; }, 1, 86'400,
      "Pause between sweeps for views whose time to live has passed.");
  c.whole(
      {"edge_batch_rows"}, [](auto& s) -> auto& { return s.edge_batch_rows; }, 1, 10'000,
      "Edges written to SurrealDB in one transaction.");
  c.whole(
      {"views.time_granularity_ms"}, [](auto& s) -> auto& { return s.time_granularity; }, 10,
      day_ms,
      "How often a view is evaluated again for `time::now()`, where rows are not just compared "
      "with it: those change when they are due.");
  c.whole(
      {"views.asked_debounce_ms"}, [](auto& s) -> auto& { return s.asking.debounce; }, 0, day_ms,
      "From a change to the question, in views that SurrealDB is asked for: what else changes "
      "meanwhile is answered with it.");
  c.whole(
      {"views.asked_pause_ms"}, [](auto& s) -> auto& { return s.asking.pause; }, 0, day_ms,
      "Between two questions of one such query; equal queries are one.");
  c.whole(
      {"views.asked_per_second"}, [](auto& s) -> auto& { return s.asking.per_second; }, 1, 1'000,
      "Questions of all such queries together, at most.");
  c.whole(
      {"watchman.view_rows"}, [](auto& s) -> auto& { return s.watchman.view_rows; }, 1, many,
      "Views with more rows are not compared by the watchman.");
  add_view_limits(c);
  add_streams(c);
  add_limits(c);
  return c.take();
}

std::vector<setting<backend_settings>> build_backend() {
  catalogue_builder<backend_settings> c("");
  c.add(
      {"type"}, "http", "The only kind there is.",
      [](backend_settings&, std::string_view, std::string_view text) { return text == "http"; },
      [](const backend_settings&) { return std::string("http"); });
  c.text(
      {"baseUrl", {}, "base_url"}, [](auto& s) -> auto& { return s.base_url; }, http_url,
      is_http_url, "Where jobs are sent; a job's `path` is appended. Required.");
  c.choice(
      {"auth.type"}, [](auto& s) -> auto& { return s.auth; },
      "`token` sends `Authorization: Bearer <auth.token>`.");
  c.secret(
      {"auth.token"}, [](auto& s) -> auto& { return s.token; },
      "The token; best written as `${NAME}`.");
  c.add(
      {"method.type"}, "outbox", "The only kind there is.",
      [](backend_settings&, std::string_view, std::string_view text) { return text == "outbox"; },
      [](const backend_settings&) { return std::string("outbox"); });
  c.text(
      {"method.table"}, [](auto& s) -> auto& { return s.table; }, "a table's name", is_not_empty,
      "The outbox table whose records are this backend's jobs. Required.");
  c.add(
      {"timeout"}, "a time from 1ms to 24h, such as 500ms, 10s or 10 (seconds)",
      "For one attempt, where the job itself sets none.",
      [](backend_settings& s, std::string_view, std::string_view text) {
        const auto span = parse_span(text);
        if (!span || *span < 1 || *span > day_ms) return false;
        s.timeout = std::chrono::milliseconds(*span);
        return true;
      },
      [](const backend_settings& s) { return std::to_string(s.timeout.count()) + "ms"; });
  c.whole(
      {"concurrency"}, [](auto& s) -> auto& { return s.concurrency; }, 1, 10'000,
      "Jobs in work at once, over all SSPs.");
  return c.take();
}

}  // namespace

const std::vector<setting<scheduler_process>>& scheduler_catalogue() {
  static const auto all = build_scheduler();
  return all;
}

const std::vector<setting<ssp_process>>& ssp_catalogue() {
  static const auto all = build_ssp();
  return all;
}

const std::vector<setting<backend_settings>>& backend_catalogue() {
  static const auto all = build_backend();
  return all;
}

std::string variable_suffix(std::string_view key) {
  std::string out(key);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return c == '.' ? '_' : static_cast<char>(std::toupper(c));
  });
  return out;
}

}  // namespace spooky::config
