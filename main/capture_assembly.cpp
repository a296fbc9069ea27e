#include "main/capture_assembly.hpp"

#include "actors/capture/changefeed_capture.hpp"
#include "actors/capture/live_capture.hpp"
#include "actors/capture/reconciler.hpp"
#include "actors/capture/source_watch.hpp"
#include "actors/capture/table_watchman.hpp"
#include "actors/capture/webhook_capture.hpp"

#include <set>
#include <utility>

namespace spooky::process {

namespace {

actors::changefeed_config feed_config(const config::common_settings& settings) {
  actors::changefeed_config feed;
  feed.system_prefix = settings.db.system_prefix;
  feed.request_timeout = settings.db.request_timeout;
  feed.overlap = settings.capture.overlap;
  feed.poll_interval = settings.capture.poll_interval;
  feed.page_limit = settings.capture.page_limit;
  return feed;
}

}  // namespace

machines::watch_pace watch_pace_of(const config::watchman_settings& watchman) {
  machines::watch_pace pace;
  pace.reads_per_second = watchman.reads_per_second;
  pace.share_percent = watchman.share_percent;
  pace.confirm_after = watchman.confirm_after;
  return pace;
}

actors::capture_source_actor capture_assembly::spawn_source(
    caf::actor_system& system, const actors::actor_owner& owner,
    const config::common_settings& settings, config::capture_mode mode,
    const actors::database_actor& database, const actors::replica_keeper_actor& replica) {
  const actors::source_parts parts{database, reconciler_, replica};
  if (mode == config::capture_mode::changefeed)
    return owner.spawn(system, actors::changefeed_capture, parts, feed_config(settings));
  if (mode == config::capture_mode::live) {
    actors::live_config live;
    live.system_prefix = settings.db.system_prefix;
    live.request_timeout = settings.db.request_timeout;
    live.compare_interval = settings.capture.compare_interval;
    if (settings.capture.mode == config::capture_mode::webhook || !settings.capture.tables.empty())
      live.counted = [capture = settings.capture](const std::string& table) {
        return capture.mode_of(table) == config::capture_mode::webhook;
      };
    return owner.spawn(system, actors::live_capture, parts, live);
  }
  actors::webhook_config webhook;
  webhook.system_prefix = settings.db.system_prefix;
  webhook.request_timeout = settings.db.request_timeout;
  webhook.compare_interval = settings.capture.compare_interval;
  webhook.leftover_interval = settings.capture.table_interval;
  webhook_ = owner.spawn(system, actors::webhook_capture, parts, webhook);
  return webhook_;
}

void capture_assembly::spawn(caf::actor_system& system, const actors::actor_owner& owner,
                             const config::common_settings& settings,
                             const actors::database_actor& database,
                             const actors::replica_keeper_actor& replica) {
  if (replica) {
    actors::reconciler_config compare;
    compare.system_prefix = settings.db.system_prefix;
    compare.request_timeout = settings.db.request_timeout;
    reconciler_ =
        owner.spawn<caf::detached>(system, actors::reconciler, database, replica, compare);
  }
  // LIVE takes over what cannot be captured as it was asked for; and whatever is posted has to pass
  // the source that knows which events are late.
  std::set<config::capture_mode> modes{settings.capture.mode, config::capture_mode::live,
                                       config::capture_mode::webhook};
  for (const auto& [table, mode] : settings.capture.tables) modes.insert(mode);
  actors::source_watch_parts parts{database, replica, types_, {}};
  for (const auto mode : modes) {
    sources_.push_back(spawn_source(system, owner, settings, mode, database, replica));
    parts.sources.emplace(machines::way_of(mode), sources_.back());
  }
  actors::source_watch_config watch;
  watch.system_prefix = settings.db.system_prefix;
  watch.request_timeout = settings.db.request_timeout;
  watch.table_interval = settings.capture.table_interval;
  watch.retention = settings.capture.retention;
  watch.provision = settings.db.provision;
  watch.capture = settings.capture;
  watch_ = owner.spawn(system, actors::source_watch, std::move(parts), std::move(watch));
  if (!replica) return;
  actors::table_watchman_config compared;
  compared.pace = watch_pace_of(settings.watchman);
  compared.page_rows = settings.watchman.page_rows;
  compared.request_timeout = settings.db.request_timeout;
  watchman_ = owner.spawn(system, actors::table_watchman,
                          actors::table_watchman_parts{watch_, reconciler_}, compared);
}

actors::change_intake capture_assembly::intake(const actors::change_intake& sink) const {
  return webhook_ ? actors::change_intake{webhook_} : sink;
}

}  // namespace spooky::process
