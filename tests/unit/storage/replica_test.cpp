#include "storage/replica.hpp"

#include "surrealql/codec/cbor.hpp"
#include "tests/unit/storage/replica_fixture.hpp"
#include "tests/unit/storage/temporary_directory.hpp"

#include <filesystem>
#include <thread>

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;
using surrealql::graph_direction;

namespace {

record_id id(std::string table, value key) { return {std::move(table), std::move(key)}; }

}  // namespace

TEST_SUITE("replica") {
  TEST_CASE("records, versions, cursor and applied seq change together") {
    replica r = open_memory_replica();
    CHECK(r.applied_seq() == 0);
    change second = put_change(2, id("person", value("b")), {{"age", value(30)}});
    second.version = 77;
    apply(r, batch_of({put_change(1, id("person", value("a")), {{"age", value(20)}}), second},
                      "changefeed", "v1"));
    CHECK(r.applied_seq() == 2);
    const auto state = state_of(r);
    CHECK(state->seq() == 2);
    CHECK(need(state->get_meta(meta_family::cursors, "changefeed")) == "v1");
    const auto a = need(state->find(id("person", value("a"))));
    REQUIRE(a);
    CHECK(a->version == 1);
    CHECK(a->record["age"] == value(20));
    CHECK(need(state->find(id("person", value("b"))))->version == 77);
    CHECK_FALSE(need(state->find(id("person", value("c")))));
    CHECK(need(state->get(id("person", value("c")))).is_none());
  }

  TEST_CASE("I3: applying again changes nothing; a missing seq is refused as a whole") {
    replica r = open_memory_replica();
    const auto first = batch_of({put_change(1, id("t", value(1)), {{"v", value(1)}})}, "s", "c1");
    const auto second = batch_of({put_change(2, id("t", value(1)), {{"v", value(2)}})}, "s", "c2");
    apply(r, first);
    apply(r, second);
    apply(r, first);
    CHECK(r.applied_seq() == 2);
    CHECK(need(state_of(r)->get(id("t", value(1))))["v"] == value(2));
    CHECK(need(state_of(r)->get_meta(meta_family::cursors, "s")) == "c2");

    const std::vector<change_batch> gap = {
        batch_of({put_change(3, id("t", value(3)), {})}),
        batch_of({put_change(5, id("t", value(5)), {})}),
    };
    const auto refused = r.apply(gap);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.failure().code == errc::invalid_argument);
    CHECK(refused.failure().message ==
          "replica: seq 5 cannot follow 3; the changes between are missing");
    CHECK(r.applied_seq() == 2);
    CHECK_FALSE(need(state_of(r)->find(id("t", value(3)))));
  }

  TEST_CASE("an update is the whole record: fields that are gone stay gone") {
    replica r = open_memory_replica();
    apply(r, batch_of({put_change(1, id("t", value(1)), {{"a", value(1)}, {"b", value(2)}})}));
    apply(r, batch_of({put_change(2, id("t", value(1)), {{"a", value(3)}})}));
    const value row = need(state_of(r)->get(id("t", value(1))));
    CHECK(row["a"] == value(3));
    CHECK(row["b"].is_none());
  }

  TEST_CASE("creating twice and erasing once leaves nothing; erasing what is missing is fine") {
    replica r = open_memory_replica();
    apply(r, batch_of({put_change(1, id("t", value(1)), {}), put_change(2, id("t", value(1)), {}),
                       erase_change(3, id("t", value(1))), erase_change(4, id("t", value(9)))}));
    CHECK(need(state_of(r)->count("t")) == 0);
    CHECK(r.applied_seq() == 4);
  }

  TEST_CASE("I4: a snapshot stays as it is, also after the replica is gone") {
    std::shared_ptr<const replica_snapshot> frozen;
    {
      replica r = open_memory_replica();
      apply(r, batch_of({put_change(1, id("t", value(1)), {{"v", value("old")}})}));
      frozen = state_of(r);
      CHECK(r.stats().snapshots == 1);
      CHECK(r.stats().oldest_snapshot > 1'700'000'000);
      apply(r, batch_of({put_change(2, id("t", value(1)), {{"v", value("new")}}),
                         put_change(3, id("t", value(2)), {})}));
      need(r.drop_table("t"));
      CHECK(need(state_of(r)->count("t")) == 0);
    }
    CHECK(frozen->seq() == 1);
    CHECK(need(frozen->count("t")) == 1);
    CHECK(need(frozen->get(id("t", value(1))))["v"] == value("old"));
  }

  TEST_CASE("scans come in record-id order and keep to the table and the key range") {
    replica r = open_memory_replica();
    std::vector<value> keys = {
        value(-1),      value(2),      value(10),      value("10"),
        value("a"),     value(uuid{}), value(array{}), value(array{value("a"), value(5)}),
        value(object{})};
    std::vector<change> changes;
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
      changes.push_back(put_change(sequence_number{changes.size() + 1}, id("t", *key), {}));
    }
    changes.push_back(put_change(sequence_number{changes.size() + 1}, id("t2", value(1)), {}));
    changes.push_back(put_change(sequence_number{changes.size() + 1}, id("s", value(1)), {}));
    apply(r, batch_of(changes));
    const auto state = state_of(r);
    const auto rows = rows_of(*state, "t");
    REQUIRE(rows.size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) CHECK(rows[i].id == id("t", keys[i]));

    const auto keys_in = [&](range_bound begin, range_bound end) {
      std::vector<value> found;
      for (const auto& row : rows_of(*state, "t", {begin, end})) found.push_back(row.id.key);
      return found;
    };
    using kind = range_bound::kind;
    const range_bound open{};
    CHECK(keys_in({kind::included, value(2)}, {kind::excluded, value(10)}) ==
          std::vector<value>{value(2)});
    CHECK(keys_in({kind::excluded, value(2)}, {kind::included, value(10)}) ==
          std::vector<value>{value(10)});
    CHECK(keys_in({kind::included, value(3)}, {kind::included, value("a")}) ==
          std::vector<value>{value(10), value("10"), value("a")});
    CHECK(keys_in(open, {kind::excluded, value(-1)}).empty());
    CHECK(keys_in({kind::included, value(array{})}, open).size() == 3);
    CHECK(keys_in({kind::included, value(10)}, {kind::included, value(2)}).empty());
    CHECK_FALSE(
        state->visit("t", {{kind::included, value(1.5)}, open}, [](const auto&) { return true; })
            .ok());
  }

  TEST_CASE("a visitor can stop") {
    replica r = open_memory_replica();
    std::vector<change> changes;
    for (sequence_number s = 1; s <= 10; ++s) {
      changes.push_back(put_change(s, id("t", value(static_cast<int>(s.raw()))), {}));
    }
    apply(r, batch_of(changes));
    int seen = 0;
    need(state_of(r)->scan("t", {}, [&](const value& row) {
      CHECK(row["id"].is_record());
      return ++seen < 3;
    }));
    CHECK(seen == 3);
  }

  TEST_CASE("tables are those with records or a schema row") {
    replica r = open_memory_replica();
    CHECK(need(state_of(r)->tables()).empty());
    apply(r, batch_of({put_change(1, id("b", value(1)), {}), put_change(2, id("a", value(1)), {}),
                       put_change(3, id("a", value(2)), {})}));
    std::string described;
    surrealql::encode_cbor(value(object{{"fields", value(object{})}}), described);
    need(r.put(std::vector<meta_write>{{meta_family::schema, "empty", described},
                                       {meta_family::schema, "", described}}));
    const auto state = state_of(r);
    CHECK(need(state->tables()) == std::vector<std::string>{"a", "b", "empty"});
    CHECK(state->has_table("a"));
    CHECK(state->has_table("empty"));
    CHECK_FALSE(state->has_table("c"));
    CHECK_FALSE(state->has_table("aa"));
    CHECK(need(state->count("a")) == 2);

    surrealql::info_statement info{
        .of = surrealql::info_statement::target::table, .table = "empty", .structure = false};
    CHECK(need(state->info(info)).is_object());
    info.table = "a";
    CHECK(need(state->info(info)).is_none());
    info.structure = true;
    CHECK(state->info(info).failure().code == errc::unsupported);
    info.structure = false;
    info.of = surrealql::info_statement::target::root;
    CHECK(state->info(info).failure().code == errc::unsupported);
    info.of = surrealql::info_statement::target::database;
    CHECK(need(state->info(info))["fields"].is_object());
  }

  TEST_CASE("edges are found from both ends, in edge-id order, entering before leaving") {
    replica r = open_memory_replica();
    const auto link = [](sequence_number seq, record_id edge, record_id from, record_id to) {
      return put_change(seq, std::move(edge), {{"in", value(from)}, {"out", value(to)}});
    };
    const record_id a1 = id("a", value(1));
    const record_id a2 = id("a", value(2));
    apply(r, batch_of({link(1, id("e", value(5)), a1, a1), link(2, id("e", value(3)), a1, a2),
                       link(3, id("e", value(4)), a2, a1), link(4, id("f", value(1)), a2, a1),
                       link(5, id("f", value(2)), a1, a1)}));
    const auto e = [](int key) { return id("e", value(key)); };
    const auto f = [](int key) { return id("f", value(key)); };
    using ids = std::vector<record_id>;
    auto state = state_of(r);
    // As SELECT VALUE <->e, <->?, ->?, <-f FROM a:1 in SurrealDB 3.0.2.
    CHECK(edges_of(*state, a1, graph_direction::both, "e") == ids{e(4), e(5), e(3), e(5)});
    CHECK(edges_of(*state, a1, graph_direction::both) ==
          ids{e(4), e(5), f(1), f(2), e(3), e(5), f(2)});
    CHECK(edges_of(*state, a1, graph_direction::out) == ids{e(3), e(5), f(2)});
    CHECK(edges_of(*state, a1, graph_direction::in, "f") == ids{f(1), f(2)});
    CHECK(edges_of(*state, id("a", value("1")), graph_direction::both).empty());

    apply(r, batch_of({erase_change(6, e(5)), link(7, e(3), a2, a1), erase_change(8, f(1)),
                       link(9, f(1), a1, a2)}));
    state = state_of(r);
    CHECK(edges_of(*state, a1, graph_direction::out) == ids{f(1), f(2)});
    CHECK(edges_of(*state, a1, graph_direction::in) == ids{e(3), e(4), f(2)});
    apply(r, batch_of({put_change(10, e(3), {{"in", value("no link")}})}));
    CHECK(edges_of(*state_of(r), a1, graph_direction::in) == ids{e(4), f(2)});
    need(r.drop_table("f"));
    CHECK(edges_of(*state_of(r), a1, graph_direction::both) == ids{e(4)});
    CHECK(need(state_of(r)->tables()) == std::vector<std::string>{"e"});
  }

  TEST_CASE("metadata: written, scanned by prefix, deleted, and apart from other families") {
    replica r = open_memory_replica();
    need(r.put(std::vector<meta_write>{{meta_family::views, "v/1", "one"},
                                       {meta_family::views, "v/2", "two"},
                                       {meta_family::views, "w/1", "three"},
                                       {meta_family::meta, "v/1", "other"}}));
    const auto keys = [&](std::string_view prefix) {
      std::vector<std::string> found;
      need(state_of(r)->scan_meta(meta_family::views, prefix,
                                  [&](std::string_view key, std::string_view data) {
                                    found.push_back(std::string(key) + "=" + std::string(data));
                                    return true;
                                  }));
      return found;
    };
    CHECK(keys("v/") == std::vector<std::string>{"v/1=one", "v/2=two"});
    CHECK(keys("").size() == 3);
    need(r.put(std::vector<meta_write>{{meta_family::views, "v/1", std::nullopt}}));
    CHECK(keys("v/") == std::vector<std::string>{"v/2=two"});
    CHECK(need(state_of(r)->get_meta(meta_family::meta, "v/1")) == "other");
    CHECK_FALSE(need(state_of(r)->get_meta(meta_family::views, "v/1")));
  }

  TEST_CASE("a clone loads rows with its progress, then says where the stream begins") {
    replica r = open_memory_replica();
    const std::vector<stored_record> page = {
        {id("t", value(1)), value(object{{"id", value(id("t", value(1)))}}), 4}};
    need(r.load(page, std::vector<meta_write>{{meta_family::meta, "clone/t", "1"}}));
    CHECK(r.applied_seq() == 0);
    CHECK(need(state_of(r)->find(page[0].id)) == page[0]);
    need(r.set_applied(100, std::vector<meta_write>{{meta_family::cursors, "changefeed", "c"},
                                                    {meta_family::meta, "clone/t", {}}}));
    CHECK(r.applied_seq() == 100);
    apply(r, batch_of({put_change(101, id("t", value(2)), {})}));
    CHECK_FALSE(r.set_applied(50).ok());
    need(r.clear(std::vector<meta_write>{{meta_family::meta, "kept", "x"}}));
    CHECK(need(state_of(r)->get_meta(meta_family::meta, "kept")) == "x");
    need(r.clear());
    CHECK_FALSE(need(state_of(r)->get_meta(meta_family::meta, "kept")));
    CHECK(r.applied_seq() == 0);
    CHECK(need(state_of(r)->tables()).empty());
    CHECK_FALSE(need(state_of(r)->get_meta(meta_family::cursors, "changefeed")));
    apply(r, batch_of({put_change(1, id("t", value(2)), {})}));
  }

  TEST_CASE("everything is there after reopening; the log may go up to durable_seq") {
    temporary_directory scratch;
    const replica_options options{.directory = scratch / "x/replica"};
    {
      replica r = need(replica::open(options));
      apply(r, batch_of({put_change(1, id("t", value(1)), {})}));
      CHECK(r.durable_seq() == 0);
      CHECK(need(r.checkpoint()) == 1);
      CHECK(r.durable_seq() == 1);
      apply(r, batch_of({put_change(
                   2, id("e", value(1)),
                   {{"in", value(id("t", value(1)))}, {"out", value(id("t", value(2)))}})}));
      CHECK(r.durable_seq() == 1);
    }
    replica r = need(replica::open(options));
    CHECK(r.applied_seq() == 2);
    CHECK(r.durable_seq() == 2);
    apply(r, batch_of({erase_change(3, id("e", value(1)))}));
    CHECK(edges_of(*state_of(r), id("t", value(1)), graph_direction::out).empty());
    CHECK(r.stats().applied_seq == 3);
    CHECK(r.stats().oldest_snapshot == 0);
    CHECK(r.stats().memory_bytes > 0);
  }

  TEST_CASE("a second owner is refused") {
    temporary_directory scratch;
    const replica_options options{.directory = scratch.path()};
    const replica r = need(replica::open(options));
    const auto second = replica::open(options);
    REQUIRE_FALSE(second.ok());
    CHECK(second.failure().code == errc::conflict);
    CHECK(second.failure().message.find("Another process") != std::string::npos);
  }

  TEST_CASE("damaged files are refused with what to do") {
    temporary_directory scratch;
    const replica_options options{.directory = scratch.path()};
    { const replica r = need(replica::open(options)); }
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
      if (entry.path().filename().string().starts_with("MANIFEST")) {
        auto manifest =
            need(posix_file_system().open(entry.path().string(), open_mode::read_write));
        need(manifest->write_at(20, std::string(40, 'x')));
      }
    }
    const auto damaged = replica::open(options);
    REQUIRE_FALSE(damaged.ok());
    CHECK(damaged.failure().code == errc::corrupt);
    CHECK(damaged.failure().message.find("cloned from the database") != std::string::npos);
  }

  TEST_CASE("snapshots are read on other threads while changes are applied") {
    replica r = open_memory_replica();
    apply(r,
          batch_of({put_change(1, id("t", value(0)), {}), put_change(2, id("t", value(1)), {})}));
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
      readers.emplace_back([&] {
        while (!done) {
          const auto state = r.snapshot();
          // Seq n has n records: none is added without its seq, nor the seq without it.
          if (!state || (*state)->count("t").value_or(0) != (*state)->seq().raw()) ++wrong;
        }
      });
    }
    for (sequence_number s = 3; s <= 500; ++s) {
      apply(r, batch_of({put_change(s, id("t", value(static_cast<int>((s - 1).raw()))), {})}));
    }
    done = true;
    for (auto& each : readers) each.join();
    CHECK(wrong == 0);
  }
}
