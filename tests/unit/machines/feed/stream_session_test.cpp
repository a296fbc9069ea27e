#include "machines/feed/stream_session.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{1h};

std::string seconds(timestamp when) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(when - start).count());
}

struct told {
  std::string operator()(const session_effect::follow& e) const {
    return "follow " + e.view.raw() + (e.rows ? " rows" : "") +
           (e.since ? " since " + to_text(*e.since) : "");
  }
  std::string operator()(const session_effect::leave& e) const { return "leave " + e.view.raw(); }
  std::string operator()(const session_effect::tell_end& e) const {
    return "end " + e.view.raw() + " " + std::string{to_text(e.how.why)};
  }
  std::string operator()(const session_effect::refuse& e) const {
    return "refuse " + e.view.raw() + " " + std::string{error_text(e.why.code)};
  }
  std::string operator()(const session_effect::close& e) const {
    return "close " + std::string{to_text(e.why)};
  }
  std::string operator()(const session_effect::close_idle&) const { return "close idle"; }
  std::string operator()(const session_effect::look_at& e) const {
    return "look at " + seconds(e.when);
  }
};

using texts = std::vector<std::string>;

texts text_of(const session_effects& effects) {
  texts all;
  for (const auto& effect : effects) all.push_back(std::visit(told{}, effect));
  return all;
}

session_event::subscribe subscribe(const char* view, admission let_in) {
  stream_request::subscribe asked;
  asked.view = view_id{std::string{view}};
  return {asked, let_in};
}

struct fixture {
  explicit fixture(const session_terms& terms = {2, false, 10s}) : session(terms) {
    CHECK(text_of(session.begin(start)) == texts{"look at 10"});
  }
  texts on(const session_event::any& event, std::chrono::seconds after = 0s) {
    return text_of(session.on(event, start + after));
  }
  stream_session session;
};

}  // namespace

TEST_SUITE("machines.stream_session") {
  TEST_CASE_FIXTURE(fixture, "who shows a token follows the view until it ends") {
    CHECK(on(subscribe("a", start + 60s)) == texts{"follow a"});
    CHECK(on(session_event::due{}, 10s) == texts{"look at 60"});
    CHECK(on(session_event::due{}, 59s) == texts{"look at 60"});
    CHECK(on(session_event::due{}, 60s) == texts{"leave a", "end a expired", "look at 70"});
    CHECK(on(session_event::due{}, 70s) == texts{"close idle"});
    CHECK(on(subscribe("a", for_ever), 70s).empty());
  }

  TEST_CASE_FIXTURE(fixture, "a newer token prolongs the stream, an older one shortens nothing") {
    on(subscribe("a", start + 60s));
    CHECK(on(session_event::due{}, 10s) == texts{"look at 60"});
    CHECK(on(session_event::renew{"a", start + 90s}, 30s).empty());
    CHECK(on(session_event::renew{"a", start + 40s}, 30s).empty());
    CHECK(on(session_event::due{}, 60s) == texts{"look at 90"});
    CHECK(on(session_event::renew{"a", std::nullopt}, 61s) == texts{"refuse a UNAUTHORIZED"});
    CHECK(on(session_event::renew{"a", start + 61s}, 61s) == texts{"refuse a UNAUTHORIZED"});
    CHECK(on(session_event::renew{"b", for_ever}, 61s) == texts{"refuse b NOT_FOUND"});
    CHECK(on(session_event::due{}, 90s) == texts{"leave a", "end a expired", "look at 100"});
  }

  TEST_CASE_FIXTURE(fixture, "without a token that is good nothing is followed") {
    CHECK(on(subscribe("a", std::nullopt)) == texts{"end a refused"});
    CHECK(on(subscribe("a", start)) == texts{"end a refused"});
    CHECK(session.views() == 0);
    // It does not keep the connection open either.
    CHECK(on(subscribe("a", start + 9s), 9s) == texts{"end a refused"});
    CHECK(on(session_event::due{}, 10s).back() == "close idle");
  }

  TEST_CASE_FIXTURE(fixture, "views come and go on one connection, as many as it may carry") {
    CHECK(on(subscribe("a", for_ever)) == texts{"follow a"});
    CHECK(on(subscribe("a", for_ever)) == texts{"refuse a ALREADY_EXISTS"});
    CHECK(on(subscribe("a", std::nullopt)) == texts{"refuse a ALREADY_EXISTS"});
    CHECK(on(subscribe("b", for_ever)) == texts{"follow b"});
    CHECK(on(subscribe("c", for_ever)) == texts{"refuse c LIMIT_EXCEEDED"});
    CHECK(on(session_event::unsubscribe{"a"}) == texts{"leave a"});
    CHECK(on(session_event::unsubscribe{"a"}).empty());
    CHECK(on(session_event::ended{"a", {stream_end::gone}}).empty());
    CHECK(on(session_event::ended{"b", {stream_end::moved}}, 20s) ==
          texts{"end b moved", "look at 30"});
    CHECK(on(subscribe("c", for_ever), 21s) == texts{"follow c"});
    CHECK(on(session_event::due{}, 30s).empty());
  }

  TEST_CASE_FIXTURE(fixture, "what cannot be read is refused, and the connection stays") {
    CHECK(on(session_event::misread{fail(errc::parse_error, "no")}) ==
          texts{"refuse  PARSE_ERROR"});
  }

  TEST_CASE("a connection for one view ends with it") {
    fixture f{session_terms{1, true, 10s}};
    CHECK(f.on(subscribe("a", start + 60s)) == texts{"follow a"});
    CHECK(f.on(session_event::ended{"a", {stream_end::moved}}) ==
          texts{"end a moved", "close moved"});
    CHECK(f.on(session_event::due{}, 60s).empty());

    fixture g{session_terms{1, true, 10s}};
    g.on(subscribe("a", start + 60s));
    CHECK(g.on(session_event::due{}, 60s) == texts{"leave a", "end a expired", "close expired"});
  }
}
