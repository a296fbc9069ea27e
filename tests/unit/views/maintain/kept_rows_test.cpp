#include "views/maintain/kept_rows.hpp"

#include <utility>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

constexpr std::uint32_t view_number = 7;

row_outcome member_row(std::uint32_t root, int content, std::uint64_t version = 1) {
  row_outcome out;
  out.root = root;
  out.member = true;
  out.row = value(content);
  out.version = version;
  return out;
}

row_outcome no_member(std::uint32_t root) {
  row_outcome out;
  out.root = root;
  return out;
}

row_outcome failing(std::uint32_t root) {
  row_outcome out = no_member(root);
  out.more.failure = fail(errc::invalid_argument, "does not work");
  return out;
}

struct fixture {
  store tables{surrealql::semantics{}};
  kept_rows rows;

  row_transition put(row_outcome o) {
    row_transition change;
    rows.put(rows.find_or_make(o.root), std::move(o), tables, view_number, change);
    return change;
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a new outcome tells what it changed") {
  auto t = put(member_row(3, 10));
  CHECK((!t.was && t.is && !t.differs));
  t = put(member_row(3, 10));
  CHECK((t.was && t.is && !t.differs));
  t = put(member_row(3, 11));
  CHECK(t.differs);
  t = put(member_row(3, 11, 2));
  CHECK(t.differs);
  CHECK(rows.members() == 1);
  t = put(no_member(3));
  CHECK((t.was && !t.is));
  CHECK(rows.members() == 0);
}

TEST_CASE_FIXTURE(fixture, "what is no member and cannot become one by what it read is forgotten") {
  put(member_row(3, 10));
  put(no_member(3));
  CHECK(rows.find(3) == nullptr);
  row_outcome reading = no_member(4);
  reading.more.reads = {read::record(tables.make_table("t").number(), 0).bits()};
  tables.table(0).find_or_make(value(1));
  put(std::move(reading));
  CHECK(rows.find(4) != nullptr);
  CHECK_FALSE(tables.readers().empty());
  rows.release_reads(tables, view_number);
  CHECK(tables.readers().empty());
}

TEST_CASE_FIXTURE(fixture, "a failing root is listed until it is evaluated without failure") {
  put(failing(3));
  put(failing(3));
  put(member_row(4, 1));
  CHECK(rows.failing() == std::vector<std::uint32_t>{3});
  put(member_row(3, 1));
  CHECK(rows.failing().empty());
  CHECK(rows.members() == 2);
}

TEST_CASE_FIXTURE(fixture, "a forgotten member is none any more and its place is used again") {
  put(member_row(3, 10));
  put(member_row(4, 10));
  rows.forget(*rows.find(3), tables, 0);
  CHECK(rows.members() == 1);
  put(member_row(5, 10));
  CHECK(rows.places().size() == 2);
  CHECK(rows.find(4)->root == 4);
}
