#include "intents/views/write_edges.hpp"

#include "tests/unit/intents/answers.hpp"
#include "tests/unit/machines/samples.hpp"

#include <memory>
#include <utility>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;
using spooky::machines::test::view_of;

namespace {

/// A batch that puts edge 1 of view `v`, nested in edge 9, and drops edge 2.
edge_batch batch() {
  edge_batch one;
  edge_op put{false, {"t", value{1}}, 4, value{9}, "author"};
  one.edges.push_back({"v", {{value{1}, put}, {value{2}, edge_op{true, {}, 3, {}, {}}}}});
  query_row row;
  row.registration = view_of("v");
  row.ready = true;
  row.row_count = 1;
  row.merkle_root = "root";
  row.seq = 12;
  row.epoch = 5;
  row.writes = 2;
  one.rows.push_back(row);
  return one;
}

write_edges asked(edge_batch what, edge_format format = {"_spooky_", "a", {}}) {
  return {std::move(format), std::make_shared<const edge_batch>(std::move(what))};
}

}  // namespace

TEST_CASE("a batch's values are bound: edges put with their content, edges dropped, rows") {
  const auto vars = render(asked(batch())).vars;
  CHECK(*vars.find("put") ==
        parsed("[{ id: r'_spooky_list_ref:1', in: r'_spooky_query:v', view: r'_spooky_view:v',"
               " out: t:1, version: 4,"
               " clientId: 'client', parent: r'_spooky_list_ref:9', parent_rel: 'author' }]"));
  CHECK(*vars.find("drop") == parsed("[r'_spooky_list_ref:2']"));
  const auto row = vars.find("rows")->as_array().at(0);
  CHECK(row["view"] == parsed("r'_spooky_view:v'"));
  CHECK(row["epoch"] == value{5});
  CHECK(row["writes"] == value{2});
  CHECK(row["content"] == parsed("{ writes: 2, state: 'ready', rowCount: 1, merkle_root: 'root',"
                                 " seq: 12, error: NONE, rows: NONE }"));
  auto grouped = batch();
  grouped.rows[0].rows = parsed("[{ n: 1 }]");
  CHECK(render(asked(grouped)).vars.find("rows")->as_array().at(0)["content"]["rows"] ==
        parsed("[{ n: 1 }]"));
}

TEST_CASE("a row says what state its view is in") {
  auto what = batch();
  const auto state = [&] {
    return render(asked(what)).vars.find("rows")->as_array().at(0)["content"]["state"];
  };
  what.rows[0].ready = false;
  CHECK(state() == value{"materializing"});
  what.rows[0].failure = "division by zero";
  CHECK(state() == value{"failed"});
}

TEST_CASE("a batch's statements are those it needs, in one transaction behind the fence") {
  const auto text = [](edge_batch what, edge_format format = {"_spooky_", "a", {}}) {
    return render(asked(std::move(what), std::move(format))).text;
  };
  const auto has = [](const std::string& in, const char* what) {
    return in.find(what) != std::string::npos;
  };
  const auto all = text(batch());
  CHECK(all.starts_with("BEGIN;"));
  CHECK(all.ends_with("COMMIT;"));
  CHECK(all.find("THROW") < all.find("INSERT RELATION INTO _spooky_list_ref $put"));
  CHECK(has(all, "UPDATE $drop SET version += 1"));
  CHECK(has(all, "DELETE $drop"));
  const auto plain = text(batch(), {"_spooky_", "a", config::edge_removal::erase});
  CHECK_FALSE(has(plain, "version += 1"));
  CHECK(has(plain, "DELETE $drop"));
  auto rows_only = batch();
  rows_only.edges[0].second.clear();
  CHECK_FALSE(has(text(rows_only), "INSERT"));
  CHECK_FALSE(has(text(rows_only), "DELETE"));
  CHECK(has(text(rows_only), "MERGE $row.content"));
}

TEST_CASE("a batch is written, fenced or refused") {
  CHECK_FALSE(read(asked(batch()), {said("NONE")})->fenced);
  CHECK(read(asked(batch()), {refused("An error occurred: FENCED")})->fenced);
  CHECK(read(asked(batch()), {refused("conflict", true)}).failure().code == errc::conflict);
}
