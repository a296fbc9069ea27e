#include "actors/front/allowed_queries.hpp"

#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using config::allowlist_mode;

namespace {

bool passes(allowed_queries& queries, std::string surql, bool system = false) {
  view_registration view;
  view.surql = std::move(surql);
  view.caller.system = system;
  return queries.may_be_registered(view).ok();
}

machines::allowlist notes_only() {
  return machines::allowlist::read("SELECT * FROM note WHERE n > $_\n").value();
}

}  // namespace

TEST_CASE("enforced, users register what is listed, whatever the constants") {
  allowed_queries queries{{allowlist_mode::enforce, true, {}}};
  CHECK_FALSE(passes(queries, "SELECT * FROM note WHERE n > 1"));
  queries.replace(notes_only());
  CHECK(passes(queries, "select * from note where n > 77;"));
  CHECK_FALSE(passes(queries, "SELECT * FROM secret WHERE n > 1"));
  CHECK_FALSE(passes(queries, "SELECT * FROM note WHERE n > 1 OR true"));
  view_registration view;
  view.surql = "SELECT * FROM secret WHERE n > 1";
  view.caller.system = false;
  CHECK(queries.may_be_registered(view).failure().message ==
        "a query of this shape is not allowed here: SELECT * FROM secret WHERE n > $_");
}

TEST_CASE("system users are exempt where that is set, and a text that is no query passes") {
  allowed_queries exempt{{allowlist_mode::enforce, true, {}}};
  allowed_queries strict{{allowlist_mode::enforce, false, {}}};
  CHECK(passes(exempt, "SELECT * FROM secret", true));
  CHECK_FALSE(passes(strict, "SELECT * FROM secret", true));
  CHECK(passes(strict, "SELECT FROM"));
}

TEST_CASE("off and warn refuse nothing") {
  for (const auto mode : {allowlist_mode::off, allowlist_mode::warn}) {
    allowed_queries queries{{mode, false, {}}};
    CHECK(passes(queries, "SELECT * FROM secret"));
    CHECK(passes(queries, "SELECT * FROM secret"));
  }
}
