#include "config/consistency.hpp"

#include "config/text.hpp"

#include <initializer_list>
#include <map>

namespace spooky::config {
namespace {

class checker {
 public:
  checker(const place_map& places, std::vector<problem>& problems)
      : places_(places), problems_(problems) {}

  /// Reports at the first of `keys` that was set by someone.
  void require(bool holds, std::initializer_list<std::string> keys, const std::string& why) {
    if (holds) return;
    problem p{"defaults", 0, 0, *keys.begin(), {}, {}};
    for (const auto& key : keys) {
      if (const auto it = places_.find(key); it != places_.end()) {
        p = it->second;
        break;
      }
    }
    p.allowed = why;
    problems_.push_back(std::move(p));
  }

  /// True if the key stands somewhere, even with a value that was refused and reported.
  bool was_given(const std::string& key) const { return places_.contains(key); }

 private:
  const place_map& places_;
  std::vector<problem>& problems_;
};

void check_backends(const common_settings& s, checker& check) {
  std::map<std::string, std::string> owner_of;
  for (const auto& [name, backend] : s.backends) {
    const std::string key = "backends." + name;
    check.require(!backend.base_url.empty() || check.was_given(key + ".baseUrl"), {key},
                  "needs baseUrl, the address jobs are sent to");
    check.require(!backend.table.empty() || check.was_given(key + ".method.table"), {key},
                  "needs method.table, the outbox table of its jobs");
    check.require(backend.auth != backend_settings::auth_type::token || !backend.token.empty(),
                  {key + ".auth.type", key}, "needs auth.token with auth.type: token");
    check.require(backend.auth == backend_settings::auth_type::token || backend.token.empty(),
                  {key + ".auth.token", key}, "needs auth.type: token, or the token is not sent");
    const auto [owner, first] = owner_of.emplace(backend.table, name);
    check.require(
        first || backend.table.empty(), {key + ".method.table"},
        "is the table of backend " + owner->second + " already; a job must have one backend only");
  }
}

/// Whoever reaches a process that knows no secret is taken for anybody. `listener` is the key that
/// says where it listens, and `host` is its value.
void check_trust(const common_settings& s, const access_settings& access, const std::string& host,
                 const std::string& listener, checker& check) {
  check.require(access.tls.cert.empty() == access.tls.key.empty(), {"tls.cert", "tls.key"},
                "must come with the other one: TLS needs tls.cert and tls.key");
  if (!access.node_secret.empty() || !s.auth_secret.empty()) return;
  const bool others = !access.operator_secret.empty() || !access.database_secret.empty();
  check.require(!others, {"operator_secret", "database_secret"},
                "needs node_secret beside it, or whoever reaches this process is taken for a node");
  check.require(others || access.allow_open || is_loopback(host), {listener},
                "lets others than this machine in (" + host +
                    "), and no secret is set: set node_secret (SPOOKY_NODE_SECRET), listen on "
                    "127.0.0.1, or say allow_open: true");
}

void check_common(const common_settings& s, checker& check) {
  check.require(
      s.capture.retention > s.capture.overlap, {"capture.retention_secs", "capture.overlap_secs"},
      "must leave capture.retention_secs longer than capture.overlap_secs, or changes expire "
      "before they are read again");
  check.require(
      s.watchman.confirm_after > s.capture.poll_interval,
      {"watchman.confirm_after_ms", "capture.poll_interval_ms"},
      "must leave watchman.confirm_after_ms longer than capture.poll_interval_ms, or changes on "
      "their way are taken for drift");
  check_backends(s, check);
}

}  // namespace

void check_consistency(const scheduler_process& s, const place_map& places,
                       std::vector<problem>& problems) {
  checker check(places, problems);
  check_common(s, check);
  check_trust(s, s.access, s.ingest_host, "ingest_host", check);
  check.require(
      s.heartbeat_timeout > s.heartbeat_interval, {"heartbeat_timeout_ms", "heartbeat_interval_ms"},
      "must leave heartbeat_timeout_ms (" + std::to_string(s.heartbeat_timeout.count()) +
          ") longer than heartbeat_interval_ms (" + std::to_string(s.heartbeat_interval.count()) +
          "), or every SSP is taken for dead");
  check.require(
      s.snapshot_max_age >= s.bootstrap_timeout,
      {"snapshot_max_age_secs", "bootstrap_timeout_secs"},
      "must not leave snapshot_max_age_secs (" + std::to_string(s.snapshot_max_age.count()) +
          ") shorter than bootstrap_timeout_secs (" + std::to_string(s.bootstrap_timeout.count()) +
          "), or an SSP loses its snapshot while loading it");
  check.require(s.wal_path != s.replica_db_path, {"wal_path", "replica_db_path"},
                "must not be the path of both the log and the replica");
}

void check_consistency(const ssp_process& s, const place_map& places,
                       std::vector<problem>& problems) {
  checker check(places, problems);
  check_common(s, check);
  check_trust(s, s.access, s.listen_host, "listen_addr", check);
}

}  // namespace spooky::config
