#pragma once

#include "actors/interfaces.hpp"
#include "tests/unit/actors/det.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace spooky::actors::test {

/// SurrealDB as far as a test needs it: answers are the test's, at once or when it says so.
class fake_database {
 public:
  explicit fake_database(det& world) : world_(world) {
    handle = world.spawn([this](actor::pointer self) { return behaviour(self); });
  }

  /// What a query is answered with; default: an empty array.
  std::function<result<db_answer>(const db_query&)> answer;
  /// Whether this query waits for release().
  std::function<bool(const db_query&)> holds;

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
  /// Answers the query held first, as its text asks.
  void release() {
    world_.within(handle, [this] {
      auto [query, promise] = std::move(held_.front());
      held_.pop_front();
      settle(promise, run(query));
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

  /// How many queries began with this text.
  std::size_t count(std::string_view begin) const {
    return static_cast<std::size_t>(
        std::count_if(asked.begin(), asked.end(),
                      [&](const db_query& query) { return query.text.starts_with(begin); }));
  }

  using actor = database_actor::extend<runs_steps>;
  actor handle;
  std::vector<db_query> asked;
  std::vector<std::string> doorbells;

 private:
  using promise_type = caf::typed_response_promise<db_answer>;

  static void settle(promise_type& promise, result<db_answer> outcome) {
    if (outcome.ok())
      promise.deliver(std::move(*outcome));
    else
      promise.deliver(to_caf(outcome.failure()));
  }

  result<db_answer> run(const db_query& query) const {
    if (answer) return answer(query);
    return db_answer{{true, value{array{}}, {}, false}};
  }

  actor::behavior_type behaviour(actor::pointer self) {
    return {[this, self](query_atom, const db_query& query) -> caf::result<db_answer> {
              asked.push_back(query);
              if (!connected_) return to_caf(fail(errc::unavailable, "not connected"));
              if (!holds || !holds(query)) return to_reply(run(query));
              auto promise = self->make_response_promise<db_answer>();
              held_.emplace_back(query, promise);
              return promise;
            },
            [this](follow_database_atom, const database_listener& listener) {
              listeners_.push_back(listener);
              if (connected_) caf::anon_send(listener, connected_atom_v);
            },
            [this](follow_version_atom, const version_listener& listener) {
              version_listeners_.push_back(listener);
            },
            [this](start_live_atom, const std::string& text, const database_listener&) {
              doorbells.push_back(text);
              return value{text};
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
  std::deque<std::pair<db_query, promise_type>> held_;
};

/// An answer of one statement.
inline db_answer one(value result) { return {{true, std::move(result), {}, false}}; }

}  // namespace spooky::actors::test
