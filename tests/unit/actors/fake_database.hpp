#pragma once

#include "actors/interfaces.hpp"
#include "tests/unit/actors/det.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace spooky::actors::test {

/// Whether an intent is one of this kind.
template <class T>
bool is(const intent& asked) {
  return std::holds_alternative<T>(asked);
}

/// What an empty database answers.
inline answer nothing_stored(const intent& asked) {
  return std::visit(
      [](const auto& one) { return answer{typename std::decay_t<decltype(one)>::answer{}}; },
      asked);
}

/// For a database that cannot carry an intent out.
inline result<answer> not_carried_out(const intent& asked) {
  FAIL_CHECK("not expected here: " << intents::render(asked).text);
  return nothing_stored(asked);
}

/// SurrealDB as far as a test needs it: it is given intents, and the test's own code carries them
/// out, at once or when the test says so.
class fake_database {
 public:
  explicit fake_database(det& world) : world_(world) {
    handle = world.spawn([this](actor::pointer self) { return behaviour(self); });
  }

  /// Carries an intent out; default: the database is empty.
  std::function<result<answer>(const intent&)> execute;
  /// Whether this intent waits for release().
  std::function<bool(const intent&)> holds;

  void connect() {
    connected_ = true;
    for (const auto& listener : listeners_) caf::anon_send(listener, connected_atom_v);
    world_.run();
  }
  /// What is held fails, as the port fails what is on a connection that breaks.
  void disconnect(bool fail_held = true) {
    connected_ = false;
    for (const auto& listener : listeners_)
      caf::anon_send(listener, disconnected_atom_v, std::string{"closed"});
    world_.run();
    while (fail_held && !held_.empty()) refuse(errc::unavailable);
  }
  /// Carries out the intent held first.
  void release() {
    world_.within(handle, [this] {
      auto [asked_first, promise] = std::move(held_.front());
      held_.pop_front();
      settle(promise, run(asked_first));
    });
  }
  void refuse(errc code) {
    world_.within(handle, [this, code] {
      auto promise = std::move(held_.front().second);
      held_.pop_front();
      promise.deliver(to_caf(fail(code, "refused")));
    });
  }
  std::size_t held() const { return held_.size(); }

  /// The server says which SurrealDB it is.
  void tell_version(const std::string& version) {
    for (const auto& listener : version_listeners_)
      caf::anon_send(listener, database_version_atom_v, version);
    world_.run();
  }

  /// How many intents of this kind have been asked for.
  template <class T>
  std::size_t count() const {
    return static_cast<std::size_t>(std::count_if(asked.begin(), asked.end(), is<T>));
  }

  using actor = database_actor::extend<runs_steps>;
  actor handle;
  std::vector<intent> asked;
  std::vector<std::string> doorbells;  ///< the tables watched

 private:
  using promise_type = caf::typed_response_promise<answer>;

  static void settle(promise_type& promise, result<answer> outcome) {
    if (outcome.ok())
      promise.deliver(std::move(*outcome));
    else
      promise.deliver(to_caf(outcome.failure()));
  }

  result<answer> run(const intent& one) const {
    return execute ? execute(one) : nothing_stored(one);
  }

  actor::behavior_type behaviour(actor::pointer self) {
    return {[this, self](query_atom, const db_query& query) -> caf::result<answer> {
              asked.push_back(query.asked);
              if (!connected_) return to_caf(fail(errc::unavailable, "not connected"));
              if (!holds || !holds(query.asked)) return to_reply(run(query.asked));
              auto promise = self->make_response_promise<answer>();
              held_.emplace_back(query.asked, promise);
              return promise;
            },
            [this](follow_database_atom, const database_listener& listener) {
              listeners_.push_back(listener);
              if (connected_) caf::anon_send(listener, connected_atom_v);
            },
            [this](follow_version_atom, const version_listener& listener) {
              version_listeners_.push_back(listener);
            },
            [this](start_live_atom, const watch_table& one, const database_listener&) {
              doorbells.push_back(one.table);
              return value{one.table};
            },
            [this](database_status_atom) -> caf::result<bool, std::string> {
              return {connected_, std::string{}};
            },
            run_step()};
  }

  det& world_;
  bool connected_ = false;
  std::vector<database_listener> listeners_;
  std::vector<version_listener> version_listeners_;
  std::deque<std::pair<intent, promise_type>> held_;
};

}  // namespace spooky::actors::test
