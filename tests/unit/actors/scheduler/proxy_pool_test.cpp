#include "actors/scheduler/proxy_pool.hpp"

#include "actors/exceptions.hpp"
#include "tests/unit/actors/det.hpp"

#include <new>
#include <string>
#include <vector>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;

namespace {

/// Keeps the status it was answered with; 0: none yet.
struct kept_answer final : net::responder {
  void send(net::http_response response) override { last = std::move(response); }
  void begin(unsigned, std::string, net::http_headers) override {}
  void write(std::string, std::function<void(bool)>) override {}
  void finish() override {}
  void abort() override {}
  net::http_response last{0, {}, {}, {}};
};

struct worker_state {
  static inline const char* name = "fake_worker";
};

using fake_worker = proxy_worker_actor::extend<runs_steps>;

struct pool_world : det {
  struct running_query {
    exchange request;
    fake_worker worker;
    caf::typed_response_promise<ack> done;
  };

  fake_worker::behavior_type work(fake_worker::stateful_pointer<worker_state> self) {
    return {
        [this, self](run_proxy_atom, const frozen_snapshot&,
                     const exchange& request) -> caf::result<ack> {
          if (request.body == value{"bomb"}) throw std::bad_alloc();
          runs.push_back({request, self, self->make_response_promise<ack>()});
          return runs.back().done;
        },
        [this](database_version_atom, const std::string& told) { versions.push_back(told); },
        run_step(),
    };
  }

  proxy_worker_actor hire() {
    ++hired;
    return sys.spawn([this](fake_worker::stateful_pointer<worker_state> self) {
      self->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& thrown) {
        return to_caf(exception_as_error(thrown));
      });
      workers.push_back(self->address());
      return work(self);
    });
  }

  std::shared_ptr<kept_answer> query(const char* what) {
    auto answer = std::make_shared<kept_answer>();
    exchange request;
    request.body = value{what};
    request.respond = answer;
    send(pool, run_proxy_atom_v, frozen_snapshot{}, request);
    return answer;
  }

  void finish(std::size_t which) {
    within(runs[which].worker, [this, which] { runs[which].done.deliver(ack{}); });
  }

  int hired = 0;
  std::vector<caf::actor_addr> workers;
  std::vector<running_query> runs;
  std::vector<std::string> versions;
  proxy_pool_actor pool = spawn(
      proxy_pool, [this] { return hire(); }, proxy_pool_config{2, 3});
};

std::vector<std::string> asked(const pool_world& w) {
  std::vector<std::string> all;
  for (const auto& one : w.runs) all.emplace_back(one.request.body.as_string());
  return all;
}

}  // namespace

TEST_CASE("a query goes to a worker that is free, else it waits, and not without bound") {
  pool_world w;
  for (const char* what : {"a", "b", "c", "d", "e"}) w.query(what);
  CHECK(asked(w) == std::vector<std::string>{"a", "b"});
  const auto late = w.query("f");
  CHECK(late->last.status == 503);
  CHECK(late->last.body.find("OVERLOADED") != std::string::npos);
  w.finish(1);
  CHECK(asked(w) == std::vector<std::string>{"a", "b", "c"});
  w.finish(0);
  CHECK(asked(w).back() == "d");
  CHECK(w.hired == 2);
}

TEST_CASE("a query that ends its worker is answered, the worker replaced, and others are served") {
  pool_world w;
  w.send(w.pool, database_version_atom_v, std::string{"3.3.3"});
  for (int i = 0; i < 5; ++i) {
    const auto bomb = w.query("bomb");
    CHECK(bomb->last.status == 500);
    CHECK(bomb->last.body.find("memory that this process may have is used up") !=
          std::string::npos);
  }
  CHECK(w.hired == 7);
  CHECK(w.versions.size() == 7);  // each new one answers as the database does
  w.query("a");
  w.query("b");
  CHECK(asked(w) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("who waits behind a query that ends its worker is served") {
  pool_world w;
  w.query("a");
  w.query("b");
  w.query("bomb");
  w.query("c");
  w.finish(0);
  CHECK(asked(w) == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a worker that ends without a query ends the pool, which its owner hears") {
  pool_world w;
  w.run();
  bool ended = false;
  caf::actor_cast<caf::strong_actor_ptr>(w.pool)->get()->attach_functor(
      [&](const caf::error& reason) { ended = static_cast<bool>(reason); });
  caf::anon_send_exit(caf::actor_cast<caf::actor>(w.workers[0]), caf::exit_reason::kill);
  w.run();
  CHECK(ended);
}

TEST_CASE("a pool that is told to end waits for its workers") {
  pool_world w;
  w.query("a");
  bool ended = false;
  caf::actor_cast<caf::strong_actor_ptr>(w.pool)->get()->attach_functor(
      [&](const caf::error&) { ended = true; });
  caf::anon_send_exit(w.pool, caf::exit_reason::user_shutdown);
  w.run();
  CHECK(ended);
  CHECK(w.hired == 2);
}
