#pragma once

#include "actors/exceptions.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <caf/all.hpp>

namespace spooky::actors {

/// Owns the actors of a process, which can do without none of them: when one ends that nobody told
/// to, the owner says in one line of the log which and why, and ends the process. Those that have
/// done their work, or that nobody can reach any more, are let go. Thread-safe.
class actor_owner {
 public:
  /// `whole` is what cannot go on ("the scheduler"); `end_process` is called once, on any thread.
  actor_owner(std::string whole, std::function<void()> end_process);

  template <caf::spawn_options Os = caf::no_spawn_options, class Behaviour, class Self,
            class... Args, class... Ts>
  auto spawn(caf::actor_system& system, Behaviour (*part)(Self*, Args...), Ts&&... args) const {
    return keep(system.spawn<Os>(guarded(part), std::forward<Ts>(args)...));
  }

  /// Owns an actor that is there already.
  template <class Handle>
  Handle keep(Handle part) const {
    attend(caf::actor_cast<caf::strong_actor_ptr>(part));
    return part;
  }

  /// From now on all end because they are told to.
  void release() noexcept { shared_->released = true; }
  /// One has ended that nobody told to.
  bool bereft() const noexcept { return shared_->bereft; }

 private:
  struct shared_state {
    std::string whole;
    std::function<void()> end_process;
    std::atomic<bool> released = false;
    std::atomic<bool> bereft = false;
  };
  void attend(const caf::strong_actor_ptr& part) const;

  std::shared_ptr<shared_state> shared_;
};

}  // namespace spooky::actors
