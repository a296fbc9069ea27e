#include "machines/capture/feed_stretch.hpp"

#include "tests/unit/machines/samples.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

change put_as(const std::string& table, std::int64_t key, const std::string& content) {
  auto c = put(0, table, key);
  auto record = c.record.as_object();
  record.set("s", value{content});
  c.op = change_op::update;
  c.record = value{std::move(record)};
  return c;
}

feed_transaction at(versionstamp stamp, std::vector<change> changes) {
  feed_transaction transaction;
  transaction.stamp = stamp;
  transaction.changes = std::move(changes);
  return transaction;
}

const fed_tables both{{"t", {1h, true, {}}}, {"raw", {1h, false, {}}}};

/// What reaches the sink, as text: `stamp: table:key=content, ...`.
std::string told(const feed_stretch& stretch) {
  std::string text;
  for (const auto& batch : stretch.batches()) {
    text += batch.cursor + ":";
    for (const auto& c : batch.changes) {
      text += " " + c.id.table + std::to_string(c.id.key.as_integer());
      text += c.op == change_op::erase ? "-" : "=" + std::string{c.record["s"].as_string()};
    }
    text += "; ";
  }
  return text;
}

using ids = std::vector<record_id>;
const record_id first{"t", value{1}};

}  // namespace

TEST_CASE("a record that a transaction wrote once is taken as it is told") {
  const feed_stretch stretch{{at(1, {put_as("t", 1, "a"), put_as("t", 2, "b")}),
                              at(2, {put_as("t", 1, "c")}), at(3, {erase(0, "t", 2)})},
                             both};
  CHECK(stretch.doubtful().empty());
  CHECK(told(stretch) == "1: t1=a t2=b; 2: t1=c; 3: t2-; ");
}

TEST_CASE("a record that a transaction wrote twice is what it is when read again") {
  feed_stretch stretch{
      {at(1, {put_as("t", 1, "inner"), put_as("t", 2, "b"), put_as("t", 1, "outer")})}, both};
  CHECK(stretch.doubtful() == ids{first});
  SUBCASE("with other contents") {
    stretch.settle({put_as("t", 1, "inner")});
    CHECK(told(stretch) == "1: t2=b t1=inner; ");
  }
  SUBCASE("gone") {
    stretch.settle({erase(0, "t", 1)});
    CHECK(told(stretch) == "1: t2=b t1-; ");
  }
}

TEST_CASE("a record that is created and deleted by one transaction is read again") {
  const feed_stretch stretch{{at(1, {erase(0, "t", 1), put_as("t", 1, "a")})}, both};
  CHECK(stretch.doubtful() == ids{first});
}

TEST_CASE("a record that is written alike each time needs no reading") {
  const feed_stretch stretch{{at(1, {put_as("t", 1, "a"), put_as("t", 1, "a")})}, both};
  CHECK(stretch.doubtful().empty());
  CHECK(told(stretch) == "1: t1=a; ");
}

TEST_CASE("a later transaction of the stretch says what the record is") {
  const feed_stretch stretch{
      {at(1, {put_as("t", 1, "inner"), put_as("t", 1, "outer")}), at(2, {put_as("t", 1, "b")})},
      both};
  CHECK(stretch.doubtful().empty());
  CHECK(told(stretch) == "1: t1=outer; 2: t1=b; ");
}

TEST_CASE("what was read takes the place of the last change, not of one before") {
  feed_stretch stretch{
      {at(1, {put_as("t", 1, "a")}), at(2, {put_as("t", 1, "inner"), put_as("t", 1, "outer")})},
      both};
  CHECK(stretch.doubtful() == ids{first});
  stretch.settle({put_as("t", 1, "inner")});
  CHECK(told(stretch) == "1: t1=a; 2: t1=inner; ");
}

TEST_CASE("of a table defined DROP only what is deleted is there") {
  const feed_stretch stretch{
      {at(1, {put_as("raw", 1, "a"), put_as("raw", 1, "b")}), at(2, {erase(0, "raw", 2)})}, both};
  CHECK(stretch.doubtful().empty());
  CHECK(told(stretch) == "2: raw2-; ");
}

TEST_CASE("of a table that another source has nothing is taken") {
  auto transaction = at(1, {put_as("other", 1, "a"), put_as("other", 1, "b")});
  transaction.unread = {"other"};
  const feed_stretch stretch{{std::move(transaction)}, both};
  CHECK(stretch.doubtful().empty());
  CHECK(stretch.batches().empty());
  CHECK(stretch.unread().empty());
}

TEST_CASE("a table whose entries are not understood is named, and nothing of the others is lost") {
  auto transaction = at(1, {put_as("t", 1, "a")});
  transaction.unread = {"raw"};
  const feed_stretch stretch{{std::move(transaction)}, both};
  CHECK(stretch.unread() == std::set<std::string>{"raw"});
  CHECK(told(stretch) == "1: t1=a; ");
}

TEST_CASE("a definition is news of a table unless it was known before") {
  const fed_tables known{{"t", {1h, true, 50ms}}};
  const auto defined = [&](std::chrono::milliseconds when) {
    auto transaction = at(stamp_at(when), {});
    transaction.defined = {"t", "fresh"};
    return feed_stretch{{std::move(transaction)}, known};
  };
  CHECK(defined(50ms).defines());
  CHECK(defined(50ms).redefined().empty());
  CHECK(defined(51ms).redefined() == std::set<std::string>{"t"});
}
