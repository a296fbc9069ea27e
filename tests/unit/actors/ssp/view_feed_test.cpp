#include "tests/unit/actors/ssp/stream_world.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

/// A circuit with a view of table t, and clients that follow it.
struct followed : flowing {
  followed() {
    from = 0;
    reset(0);
    enroll(view_of("v"));
    hand_over(rows_of("t", 0, {t(1), t(2)}));
  }

  stream_client follow(std::optional<stream_place> since = std::nullopt, subscriber_id who = 1,
                       std::size_t room = 1'000) {
    return follow_view(*this, "v", std::move(since), who, room);
  }
  stream_feed feed() { return *ask<stream_feed>(engine, find_feed_atom_v, view_id{"v"}); }
};

using types = std::vector<std::string>;

}  // namespace

TEST_SUITE("actors.view_feed") {
  TEST_CASE_FIXTURE(followed, "who follows a view sees it, and then each change once") {
    auto ann = follow();
    CHECK(ann.types() == types{"snapshot"});
    CHECK(ann.last()["items"].as_array().size() == 2);
    CHECK(ingest(slice_of({put(1, "t", 3)})).ok());
    auto bob = follow({}, 2);
    // The last snapshot is good enough, with what there is behind it.
    CHECK(bob.types() == types{"snapshot", "delta"});
    CHECK(bob.stream->sent == ann.stream->sent);
    CHECK(ingest(slice_of({erase(2, "t", 1), put(3, "t", 2, {{"a", value{1}}})})).ok());
    CHECK(ann.types() == types{"snapshot", "delta", "delta"});
    CHECK(ann.last()["removed"] == value{array{value{"t:1"}}});
    CHECK(ann.last()["seq"] == value{3});
    // Encoded once for both.
    CHECK(ann.stream->sent.back() == bob.stream->sent.back());
    // Edges go on as ever.
    CHECK(deltas.size() == 2);
  }

  TEST_CASE_FIXTURE(followed, "who comes back goes on where he was") {
    auto ann = follow();
    const auto place = read_place(ann.last()["at"].as_string());
    send(engine, leave_view_atom_v, view_id{"v"}, subscriber_id{1});
    CHECK(ingest(slice_of({put(1, "t", 3)})).ok());
    CHECK(ann.types() == types{"snapshot"});
    auto again = follow(place);
    CHECK(again.types() == types{"delta"});
    // After a minute without anybody nothing is kept.
    send(engine, leave_view_atom_v, view_id{"v"}, subscriber_id{1});
    advance(61s, 1s);
    CHECK(ingest(slice_of({put(2, "t", 4)})).ok());
    CHECK(follow(place).types() == types{"snapshot"});
  }

  TEST_CASE_FIXTURE(followed, "a client that takes nothing is left alone until it has room") {
    auto slow = follow({}, 1, 1);
    auto quick = follow({}, 2);
    for (std::uint64_t seq = 1; seq <= 300; ++seq)
      CHECK(
          ingest(slice_of({put(sequence_number{seq}, "t", 7, {{"n", value{int64_t(seq)}}})})).ok());
    CHECK(slow.types() == types{"snapshot"});
    CHECK(quick.stream->sent.size() == 301);
    slow.stream->room = 10;
    send(feed(), drained_atom_v, subscriber_id{1});
    CHECK(slow.types() == types{"snapshot", "snapshot"});
    CHECK(slow.last()["seq"] == value{300});
    CHECK(ingest(slice_of({put(301, "t", 8)})).ok());
    CHECK(slow.types().back() == "delta");
  }

  TEST_CASE_FIXTURE(followed, "the end of a session ends its part in the view") {
    auto ann = follow();
    caf::anon_send_exit(ann.session, caf::exit_reason::kill);
    run();
    CHECK(ingest(slice_of({put(1, "t", 3)})).ok());
    CHECK(ann.types() == types{"snapshot"});
  }

  TEST_CASE_FIXTURE(followed, "why a view ends its clients are told") {
    auto ann = follow();
    CHECK(ask<ack>(engine, release_view_atom_v, view_release{{"v", {}}, "http://b"}).ok());
    CHECK(*ann.told == ends{"v moved http://b"});
    auto late = follow();
    CHECK(*late.told == ends{"v unknown"});
    CHECK(code_of(ask<stream_feed>(engine, find_feed_atom_v, view_id{"v"})) == errc::not_found);
    enroll(view_of("v"));
    auto bob = follow();
    CHECK(remove("v").ok());
    CHECK(*bob.told == ends{"v gone"});
  }

  TEST_CASE_FIXTURE(followed, "when the SSP starts over its clients are shown what it has then") {
    auto ann = follow();
    reset(50);
    CHECK(ann.types() == types{"snapshot"});
    hand_over(rows_of("t", 50, {t(1), t(9)}));
    advance(1s);
    CHECK(ann.types() == types{"snapshot", "snapshot"});
    CHECK(ann.last()["seq"] == value{50});
    CHECK(ann.last()["items"].as_array()[1].as_array()[0] == value{"t:9"});
    CHECK(ingest(slice_of({erase(51, "t", 9)})).ok());
    CHECK(ann.types().back() == "delta");
  }

  TEST_CASE_FIXTURE(followed, "registered again, a view shows its clients nothing they have seen") {
    auto ann = follow();
    enroll(view_of("v"));
    CHECK(ann.types() == types{"snapshot"});
  }

  TEST_CASE_FIXTURE(followed, "who has been further elsewhere waits until the view is there") {
    auto ann = follow(stream_place{"elsewhere", 4, 2});
    CHECK(ann.types().empty());
    CHECK(ingest(slice_of({put(1, "t", 3)})).ok());
    advance(100ms);
    CHECK(ann.types().empty());
    CHECK(ingest(slice_of({put(2, "t", 4)})).ok());
    advance(100ms);
    CHECK(ann.types() == types{"snapshot"});
    CHECK(ann.last()["items"].as_array().size() == 4);
    auto bob = follow(stream_place{"elsewhere", 4, 900}, 2);
    advance(1'900ms);
    CHECK(bob.types().empty());
    advance(200ms);
    CHECK(bob.types() == types{"snapshot"});
  }
}
