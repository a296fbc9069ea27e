#pragma once

#include "actors/configure.hpp"
#include "actors/errors.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

namespace spooky::actors::test {

/// Something to do inside an actor, such as delivering a promise it kept.
using inner_step = std::shared_ptr<std::function<void()>>;

}  // namespace spooky::actors::test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::test::inner_step)

namespace spooky::actors::test {

/// The message by which a fake runs an inner_step; fakes extend their interface by it.
using runs_steps = caf::reacts_to<caf::ok_atom, inner_step>;

inline auto run_step() {
  return [](caf::ok_atom, const inner_step& step) { (*step)(); };
}

/// A question under way; empty until it is answered.
template <class R>
using reply = std::shared_ptr<std::optional<result<R>>>;

/// Actors on one thread, with time that passes only when told to.
class det {
 public:
  det() {
    spdlog::set_level(spdlog::level::off);
    sys.await_actors_before_shutdown(false);
  }
  ~det() {
    for (const auto& one : spawned_) caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    run();
    sched.clock().cancel_all();
  }
  det(const det&) = delete;
  det& operator=(const det&) = delete;

  /// Processes messages until there are none; no time passes.
  void run() { sched.run(); }

  void advance(caf::timespan by, caf::timespan step = std::chrono::milliseconds{10}) {
    for (const auto end = sched.clock().now() + by; sched.clock().now() < end; run())
      sched.advance_time(std::min<caf::timespan>(step, end - sched.clock().now()));
  }

  template <class... Ts>
  auto spawn(Ts&&... xs) {
    auto handle = sys.spawn(std::forward<Ts>(xs)...);
    spawned_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  template <class H, class... Ts>
  void send(const H& to, Ts&&... xs) {
    caf::anon_send(to, std::forward<Ts>(xs)...);
    run();
  }

  /// Asks without processing anything yet.
  template <class R, class H, class... Ts>
  reply<R> begin_ask(const H& to, Ts... xs) {
    auto answer = std::make_shared<std::optional<result<R>>>();
    sys.spawn([answer, to, xs...](caf::event_based_actor* self) {
      self->request(to, caf::infinite, xs...)
          .then([answer](const R& r) { answer->emplace(r); },
                [answer](const caf::error& e) { answer->emplace(from_caf(e)); });
    });
    return answer;
  }

  /// Asks and processes what follows; the answer may come later.
  template <class R, class H, class... Ts>
  reply<R> ask_later(const H& to, Ts... xs) {
    auto answer = begin_ask<R>(to, std::move(xs)...);
    run();
    return answer;
  }

  /// Asks; the answer must come without time passing.
  template <class R, class H, class... Ts>
  result<R> ask(const H& to, Ts... xs) {
    const auto answer = ask_later<R>(to, std::move(xs)...);
    if (!*answer) return fail(errc::internal, "the test got no answer");
    return **answer;
  }

  /// Does something inside a fake, and processes what follows.
  template <class H>
  void within(const H& fake, std::function<void()> step) {
    send(fake, caf::ok_atom_v, std::make_shared<std::function<void()>>(std::move(step)));
  }

 private:
  struct test_config : caf::actor_system_config {
    test_config() {
      configure(*this, 1);
      set("scheduler.policy", caf::atom("testing"));
    }
  };
  test_config cfg_;

 public:
  caf::actor_system sys{cfg_};
  caf::scheduler::test_coordinator& sched =
      dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());

 private:
  std::vector<caf::actor> spawned_;
};

/// The code of a failure, or none.
template <class R>
errc code_of(const result<R>& outcome) {
  return outcome.ok() ? errc::none : outcome.failure().code;
}
template <class R>
errc code_of(const reply<R>& answer) {
  REQUIRE_MESSAGE(answer->has_value(), "no answer yet");
  return code_of(**answer);
}

/// For messages a test does not expect.
template <class R>
caf::result<R> unexpected(const char* what) {
  FAIL_CHECK("not expected here: " << what);
  return to_caf(fail(errc::internal, what));
}
inline void unexpected_note(const char* what) { FAIL_CHECK("not expected here: " << what); }

}  // namespace spooky::actors::test
