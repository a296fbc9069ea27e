#pragma once

#include "config/access.hpp"
#include "machines/allowlist.hpp"
#include "protocol/view.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/result.hpp"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace spooky::actors {

struct allowed_queries_config {
  config::allowlist_mode mode = config::allowlist_mode::off;
  bool system_exempt = true;
  surrealql::parse_limits text;
};

/// Which queries a front lets be registered. One thread replaces the list while another asks.
class allowed_queries {
 public:
  explicit allowed_queries(const allowed_queries_config& config) : config_(config) {}

  void replace(machines::allowlist list) {
    list_.store(std::make_shared<const machines::allowlist>(std::move(list)),
                std::memory_order_release);
  }

  /// Fails with unauthorized, naming the shape, for a query that is not listed; where that is only
  /// to be warned of, says it in the log, once for each shape. A text that is no query passes: it
  /// is refused for what it is. Called by one thread at a time.
  result<void> may_be_registered(const view_registration& view);

 private:
  allowed_queries_config config_;
  std::atomic<std::shared_ptr<const machines::allowlist>> list_{
      std::make_shared<const machines::allowlist>()};
  std::set<std::string> warned_;  ///< bounded
};

}  // namespace spooky::actors
