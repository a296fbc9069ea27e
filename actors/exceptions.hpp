#pragma once

#include "actors/errors.hpp"
#include "surrealql/values/result.hpp"

#include <exception>
#include <utility>

#include <caf/all.hpp>

namespace spooky::actors {

/// An exception as the error that its actor ends with: `internal`, its text in the message.
error exception_as_error(const std::exception_ptr& thrown);

/// The function of an actor, for spawn(): an exception inside it ends it with
/// exception_as_error(), where CAF alone would tell the standard output only.
template <class Behaviour, class Self, class... Args>
auto guarded(Behaviour (*part)(Self*, Args...)) {
  return [part](Self* self, Args... args) -> Behaviour {
    self->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& thrown) {
      return to_caf(exception_as_error(thrown));
    });
    return part(self, std::forward<Args>(args)...);
  };
}

/// An actor that `self` makes and cannot do without: where it ends by an error, `self` ends by the
/// same. Unlike a link it costs `self` nothing for each child, and nothing when a child ends.
template <class Parent, class Behaviour, class Self, class... Args, class... Ts>
auto spawn_child(Parent* self, Behaviour (*part)(Self*, Args...), Ts&&... args) {
  auto child = self->system().spawn(guarded(part), std::forward<Ts>(args)...);
  caf::actor_cast<caf::abstract_actor*>(child)->attach_functor(
      [parent = self->address()](const caf::error& reason) {
        if (!reason || reason == caf::exit_reason::unreachable) return;
        if (const auto alive = caf::actor_cast<caf::strong_actor_ptr>(parent))
          alive->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                         caf::make_message(caf::exit_msg{parent, reason}), nullptr);
      });
  return child;
}

}  // namespace spooky::actors
