#include "actors/actor_owner.hpp"
#include "actors/exceptions.hpp"
#include "tests/unit/actors/det.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;

namespace {

using brittle_actor = caf::typed_actor<caf::reacts_to<caf::ok_atom, std::string>,
                                       caf::replies_to<caf::get_atom>::with<int>>;

struct brittle_state {
  static inline const char* name = "brittle_part";
};
using brittle_ptr = brittle_actor::stateful_pointer<brittle_state>;

/// Does what it is told: throws, ends by an error, or ends in order.
brittle_actor::behavior_type brittle(brittle_ptr self) {
  return {
      [self](caf::ok_atom, const std::string& how) {
        if (how == "throw") throw std::runtime_error("the cogwheel broke");
        if (how == "memory") throw std::bad_alloc();
        if (how == "oddly") throw 7;
        if (how == "error") return self->quit(to_caf(fail(errc::io_error, "the disk is gone")));
        self->quit();
      },
      [](caf::get_atom) { return 1; },
  };
}

using parent_actor = caf::typed_actor<caf::reacts_to<caf::get_atom>>;
struct parent_state {
  static inline const char* name = "parent_part";
};
parent_actor::behavior_type parent(parent_actor::stateful_pointer<parent_state> self,
                                   std::shared_ptr<brittle_actor> child) {
  *child = spawn_child(self, brittle);
  return {[](caf::get_atom) {}};
}

/// A process: its log, and how often it was told to end.
struct owned_world : det {
  owned_world() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("owner", sink));
    spdlog::set_pattern("%l %v");
    spdlog::set_level(spdlog::level::info);
  }
  ~owned_world() {
    spdlog::set_default_logger(before);
    spdlog::set_level(spdlog::level::off);
  }

  template <class Part, class... Args>
  auto own(Part* part, Args... args) {
    return owner.spawn(sys, part, args...);
  }

  std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  std::ostringstream log;
  int ends = 0;
  actor_owner owner{"the test", [this] { ++ends; }};
};

}  // namespace

TEST_CASE("a part that ends by an exception ends the process with one line that says why") {
  owned_world w;
  const auto part = w.own(brittle);
  const auto other = w.own(brittle);
  w.run();
  SUBCASE("a known one") {
    w.send(part, caf::ok_atom_v, std::string{"throw"});
    CHECK(w.log.str() ==
          "critical the test cannot go on: its brittle_part has ended: an exception: the cogwheel "
          "broke\n");
  }
  SUBCASE("no memory") {
    w.send(part, caf::ok_atom_v, std::string{"memory"});
    CHECK(w.log.str().find("memory that this process may have is used up") != std::string::npos);
  }
  SUBCASE("one of no known type") {
    w.send(part, caf::ok_atom_v, std::string{"oddly"});
    CHECK(w.log.str().find("an exception of an unknown type") != std::string::npos);
  }
  SUBCASE("an error that it could not go on from") {
    w.send(part, caf::ok_atom_v, std::string{"error"});
    CHECK(w.log.str().find("its brittle_part has ended: the disk is gone") != std::string::npos);
  }
  CHECK(w.owner.bereft());
  // Others that fall with it add no line.
  w.send(other, caf::ok_atom_v, std::string{"throw"});
  CHECK(w.ends == 1);
  const auto said = w.log.str();
  CHECK(std::count(said.begin(), said.end(), '\n') == 1);
}

TEST_CASE("a part that has done its work, or was told to end, ends nothing") {
  owned_world w;
  {
    const auto done = w.own(brittle);
    w.run();
    w.send(done, caf::ok_atom_v, std::string{"done"});
    const auto unreachable = w.own(brittle);
  }
  w.run();
  const auto stopped = w.own(brittle);
  w.owner.release();
  caf::anon_send_exit(stopped, caf::exit_reason::user_shutdown);
  w.run();
  CHECK(w.ends == 0);
  CHECK_FALSE(w.owner.bereft());
  CHECK(w.log.str().empty());
}

TEST_CASE("a part that was there before it was owned counts from then on, also when it has ended") {
  owned_world w;
  const auto part = w.spawn(guarded(brittle));
  w.send(part, caf::ok_atom_v, std::string{"throw"});
  CHECK(w.ends == 0);
  w.owner.keep(part);
  CHECK(w.ends == 1);
}

TEST_CASE("a child that ends by an exception takes its parent along, one that is done does not") {
  owned_world w;
  const auto child = std::make_shared<brittle_actor>();
  const auto whole = w.own(parent, child);
  w.run();
  SUBCASE("by an exception") {
    w.send(*child, caf::ok_atom_v, std::string{"throw"});
    CHECK(w.ends == 1);
    CHECK(w.log.str().find("its parent_part has ended: an exception: the cogwheel broke") !=
          std::string::npos);
  }
  SUBCASE("done") {
    w.send(*child, caf::ok_atom_v, std::string{"done"});
    CHECK(w.ends == 0);
  }
}
