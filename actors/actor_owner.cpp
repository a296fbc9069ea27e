#include "actors/actor_owner.hpp"

#include "actors/errors.hpp"

#include <spdlog/spdlog.h>

namespace spooky::actors {

actor_owner::actor_owner(std::string whole, std::function<void()> end_process)
    : shared_(std::make_shared<shared_state>()) {
  shared_->whole = std::move(whole);
  shared_->end_process = std::move(end_process);
}

void actor_owner::attend(const caf::strong_actor_ptr& part) const {
  const std::string name = static_cast<caf::local_actor*>(part->get())->name();
  part->get()->attach_functor([shared = shared_, name](const caf::error& reason) {
    const bool in_order = !reason || reason == caf::exit_reason::unreachable;
    if (in_order || shared->released || shared->bereft.exchange(true)) return;
    spdlog::critical("{} cannot go on: its {} has ended: {}", shared->whole, name,
                     from_caf(reason).message);
    shared->end_process();
  });
}

}  // namespace spooky::actors
