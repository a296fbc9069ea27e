#pragma once

#include "actors/actor_owner.hpp"
#include "actors/interfaces.hpp"
#include "actors/known_types.hpp"
#include "config/settings.hpp"
#include "machines/watchman/watch_cycle.hpp"

#include <memory>
#include <vector>

namespace spooky::process {

/// How a watchman goes about.
machines::watch_pace watch_pace_of(const config::watchman_settings& watchman);

/// The capture of one process: the watch over tables and a source for each mode in use.
class capture_assembly {
 public:
  /// Spawns it, for `owner`. Without a replica (single mode) tables are not compared.
  void spawn(caf::actor_system& system, const actors::actor_owner& owner,
             const config::common_settings& settings, const actors::database_actor& database,
             const actors::replica_keeper_actor& replica);

  const actors::capture_actor& watch() const noexcept { return watch_; }
  /// Compares the tables; empty without a replica.
  const actors::watchman_actor& watchman() const noexcept { return watchman_; }
  const std::shared_ptr<actors::known_types>& types() const noexcept { return types_; }
  /// Who takes what is posted to /ingest on its way to `sink`.
  actors::change_intake intake(const actors::change_intake& sink) const;

  /// Ends every part with `end`, each awaited before the next.
  template <class End>
  void end_all(const End& end) {
    end(watchman_);
    end(watch_);
    for (const auto& source : sources_) end(source);
    end(reconciler_);
    sources_.clear();
  }

 private:
  actors::capture_source_actor spawn_source(caf::actor_system& system,
                                            const actors::actor_owner& owner,
                                            const config::common_settings& settings,
                                            config::capture_mode mode,
                                            const actors::database_actor& database,
                                            const actors::replica_keeper_actor& replica);

  std::shared_ptr<actors::known_types> types_ = std::make_shared<actors::known_types>();
  actors::reconciler_actor reconciler_;
  std::vector<actors::capture_source_actor> sources_;
  actors::webhook_source_actor webhook_;
  actors::capture_actor watch_;
  actors::watchman_actor watchman_;
};

}  // namespace spooky::process
