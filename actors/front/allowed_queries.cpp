#include "actors/front/allowed_queries.hpp"

#include "surrealql/analyse/shape.hpp"

#include <cstddef>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

constexpr std::size_t most_warnings = 1'000;

}  // namespace

result<void> allowed_queries::may_be_registered(const view_registration& view) {
  if (config_.mode == config::allowlist_mode::off) return {};
  if (config_.system_exempt && view.caller.system) return {};
  auto shape = surrealql::shape_of(view.surql, config_.text);
  if (!shape.ok() || list_.load(std::memory_order_acquire)->has(*shape)) return {};
  if (config_.mode == config::allowlist_mode::enforce)
    return fail(errc::unauthorized, "a query of this shape is not allowed here: " + *shape);
  if (warned_.size() < most_warnings && warned_.insert(*shape).second)
    spdlog::warn("a query is registered whose shape allowlist.file does not list: {}", *shape);
  return {};
}

}  // namespace spooky::actors
