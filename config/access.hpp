#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The settings at a process's border: who may reach it, whom it trusts, what it lets in. Apart
/// from settings.hpp, for only main/ needs them.
namespace spooky::config {

/// PEM files. With `cert` and `key` the process listens with TLS.
struct tls_settings {
  std::string cert;  ///< the whole chain
  std::string key;
  std::string ca;  ///< who vouches for peers and the database; empty: whom the system trusts

  bool listens() const noexcept { return !cert.empty(); }
};

/// What becomes of a query whose shape is not listed.
enum class allowlist_mode : std::uint8_t { off, warn, enforce };

/// Which queries may be registered, by their shape: text without constants.
struct allowlist_settings {
  allowlist_mode mode = allowlist_mode::off;
  std::string file = "./allowlist.surql";  ///< one shape a line
  bool system_exempt = true;               ///< system users register what they like
};

struct access_settings {
  /// Bearer secrets, by whom they let in. Of two the first is the one that is sent, the other is
  /// accepted as well: so that they can be changed process by process. `auth_secret` stands in for
  /// nodes and operators that have none.
  std::vector<std::string> node_secret;      ///< our own processes
  std::vector<std::string> operator_secret;  ///< people and their tools
  std::vector<std::string> database_secret;  ///< the database's functions and events
  bool metrics_need_secret = false;          ///< /metrics and /info are for operators
  bool allow_open = false;                   ///< may listen off loopback without any secret
  /// Define namespace and database where they are missing, instead of refusing them.
  bool create_database = false;
  tls_settings tls;
  allowlist_settings allowlist;
};

/// Everything that a process is started with.
struct scheduler_process : scheduler_settings {
  access_settings access;
};
struct ssp_process : ssp_settings {
  access_settings access;
};

}  // namespace spooky::config
