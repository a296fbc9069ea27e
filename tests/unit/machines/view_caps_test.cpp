#include "machines/view_caps.hpp"

#include "machines/ssp/result_size.hpp"
#include "tests/unit/machines/samples.hpp"

#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

view_registration by(object session, bool system = false) {
  view_registration view = *view_of("v");
  view.caller.system = system;
  view.caller.session = std::move(session);
  return view;
}

std::string refusal(const view_caps& caps, const view_usage& now, const view_usage& more) {
  const auto allowed = may_add(caps, now, more);
  if (allowed.ok()) return "allowed";
  CHECK(allowed.failure().code == errc::limit_exceeded);
  return allowed.failure().message;
}

}  // namespace

TEST_CASE("a view counts for the record its caller is, and for nobody if he is the system") {
  const value ann{record_id{"user", value{"ann"}}};
  CHECK(client_of(by({{"auth", ann}})) == "user:ann");
  CHECK(client_of(by({{"auth", ann}, {"session", value{object{{"ip", value{"::1"}}}}}})) ==
        "user:ann");
  CHECK(client_of(by({})) == "");
  CHECK(client_of(by({{"access", value{"guest"}}})) == "");
  CHECK_FALSE(client_of(by({{"auth", ann}}, true)));
}

TEST_CASE("what passes a cap is refused, with the cap, what there is, and how it is set") {
  const view_caps client{cap_scope::client, 2, 100, 1'000};
  CHECK(refusal(client, {1, 0, 0}, {1, 0, 0}) == "allowed");
  CHECK(refusal(client, {0, 0, 0}, {1, 100, 1'000}) == "allowed");
  CHECK(refusal(client, {2, 0, 0}, {1, 0, 0}) ==
        "Your views take 2 views, this one 1, and no more than 2 are allowed "
        "(limits.client_views); unregister some");
  CHECK(refusal(client, {1, 60, 0}, {1, 41, 0}) ==
        "Your views take 60 rows, this one 41, and no more than 100 are allowed "
        "(limits.client_rows); unregister some");
  CHECK(refusal(client, {1, 0, 999}, {1, 0, 2}).find("(limits.client_memory_bytes)") !=
        std::string::npos);
  // Views that have grown past it leave no room for any.
  CHECK(refusal(client, {1, 101, 0}, {1, 0, 0}).find("(limits.client_rows)") != std::string::npos);
  const view_caps node{cap_scope::node, 2, 100};
  CHECK(refusal(node, {2, 0, 0}, {1, 0, 0}).find("The views of this SSP take 2") == 0);
  CHECK(refusal(node, {2, 0, 0}, {1, 0, 0}).find("(limits.views)") != std::string::npos);
  CHECK(refusal(node, {1, 60, 0}, {1, 41, 0}).find("(limits.rows)") != std::string::npos);
  CHECK(refusal(node, {1, 0, 1'000'000}, {1, 0, 1'000'000}) == "allowed");
}

TEST_CASE("a result's rows follow its deltas, whether they are members or not") {
  views::view_snapshot shown;
  shown.members = {member("t", 1), member("t", 2), member("u", 1)};
  shown.result = value{array{record("t", 1), record("t", 2)}};
  result_size size;
  size.begin(shown);
  CHECK(size.rows() == 3);
  views::view_delta delta;
  delta.added = {member("t", 3)};
  delta.removed = {member("t", 1), member("t", 2)};
  size.follow(delta);
  CHECK(size.rows() == 2);

  shown.members.clear();
  shown.result = value{array{value{1}, value{2}}};
  size.begin(shown);
  CHECK(size.rows() == 2);
  views::view_delta groups;
  groups.result = value{array{value{1}, value{2}, value{3}}};
  size.follow(groups);
  CHECK(size.rows() == 3);
  groups.result = value{array{}};
  size.follow(groups);
  CHECK(size.rows() == 0);
}
