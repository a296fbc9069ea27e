#include "machines/capture/table_route.hpp"

namespace spooky::machines {

using config::capture_mode;

std::string_view to_string(capture_way way) noexcept {
  switch (way) {
    case capture_way::feed:
      return "changefeed";
    case capture_way::live:
      return "live";
    case capture_way::events:
      return "webhook";
    case capture_way::comparing:
      return "compared";
  }
  return "unknown";
}

capture_way way_of(capture_mode mode) noexcept {
  switch (mode) {
    case capture_mode::changefeed:
      return capture_way::feed;
    case capture_mode::live:
      return capture_way::live;
    case capture_mode::webhook:
      return capture_way::events;
  }
  return capture_way::live;
}

namespace {

table_route by_live(std::string why, std::string remedy) {
  return {capture_way::live, why + ", so it is captured by LIVE: " + remedy};
}

}  // namespace

table_route route_of(const intents::source_table& table, const route_circumstances& given,
                     const std::string& system_prefix) {
  // SurrealDB's own feed and LIVE say nothing of the rows of a table defined AS SELECT.
  if (table.derived) return {capture_way::comparing, {}};
  const auto name = "table " + table.name;
  if (given.asked == capture_mode::changefeed && table.retention.count() == 0) {
    if (!given.feed_refused.empty())
      return by_live("the change feed of " + name + " cannot be switched on: " + given.feed_refused,
                     "run as somebody who may: " + intents::enable_feed_advice(table.name));
    return by_live(name + " has no change feed",
                   "set db.provision: true or run: " + intents::enable_feed_advice(table.name));
  }
  if (given.asked == capture_mode::webhook && !given.posts)
    return by_live(name + " has no event " + system_prefix + "capture",
                   "run: spooky schema --webhook --apply");
  return {way_of(given.asked), {}};
}

}  // namespace spooky::machines
