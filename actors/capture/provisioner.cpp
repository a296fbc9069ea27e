#include "actors/capture/provisioner.hpp"

#include "actors/database_query.hpp"
#include "machines/backoff.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

void install(provisioner_ptr self);

void failed(provisioner_ptr self, const error& why) {
  auto& state = self->state;
  state.running = false;
  // While the database is away, its return starts the next attempt.
  if (why.code == errc::unavailable) return;
  if (state.attempts++ == 0)
    spdlog::warn("system tables not installed: {}; trying again", why.message);
  self->delayed_send(self,
                     backoff_delay(state.attempts, state.config.retry_initial,
                                   state.config.retry_limit, self->id() + state.attempts),
                     install_again_atom_v);
}

void install(provisioner_ptr self) {
  auto& state = self->state;
  if (std::exchange(state.running, true)) return;
  ask_database(self, state.database, install_definitions{state.config.statements},
               state.config.request_timeout, [self](const result<done>& outcome) {
                 if (!outcome.ok()) return failed(self, outcome.failure());
                 spdlog::info("system tables and functions are installed");
                 self->quit();
               });
}

}  // namespace

provisioner_actor::behavior_type provisioner(provisioner_ptr self, database_actor database,
                                             provisioner_config config) {
  self->state.database = std::move(database);
  self->state.config = std::move(config);
  self->send(self->state.database, follow_database_atom_v, database_listener{self});
  return {
      [self](install_again_atom) { install(self); },
      [self](connected_atom) { install(self); },
      [](disconnected_atom, const std::string&) {},
      [](live_fired_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
