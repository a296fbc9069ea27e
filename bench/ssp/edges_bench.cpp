/// bench_edges: what one changed view's edges cost on their way into a batch, beside so many views
/// of which nothing waits.
#include "machines/ssp/edge_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

using namespace spooky;
using namespace spooky::machines;

namespace {

constexpr int changes = 1'000;
const timestamp now{};

views::member row_of(std::size_t key) {
  views::member row;
  row.id = {"t", value{static_cast<std::int64_t>(key)}};
  row.row = value{object{{"n", value{static_cast<std::int64_t>(key)}}}};
  return row;
}

view_id id_of(std::size_t view) { return view_id{"view" + std::to_string(view)}; }

void settle(edge_ledger& ledger) {
  for (;;) {
    const auto batch = ledger.take(1'000, now);
    if (batch.rows.empty()) return;
    ledger.written(batch);
  }
}

void fill(edge_ledger& ledger, std::size_t views) {
  for (std::size_t i = 0; i < views; ++i) {
    auto view = std::make_shared<view_registration>();
    view->id = id_of(i);
    view->edges = true;
    views::view_snapshot shown;
    shown.seq = 1;
    shown.members.push_back(row_of(i));
    ledger.begin(view, shown);
    ledger.compare(view->id, {1, 1, 0, {}}, now);
  }
  settle(ledger);
}

double microseconds_per_change(edge_ledger& ledger, std::size_t views) {
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < changes; ++i) {
    views::view_delta delta;
    delta.seq = sequence_number{2 + i};
    delta.added.push_back(row_of(views + i));
    ledger.merge(id_of(i * 7919 % views), delta);
    ledger.written(ledger.take(100, now));
  }
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
  return took.count() / changes;
}

}  // namespace

int main() {
  for (const std::size_t views : {1'000, 10'000, 100'000}) {
    edge_ledger ledger;
    fill(ledger, views);
    std::printf("{\"bench\":\"edges\",\"views\":%zu,\"us_per_change\":%.2f}\n", views,
                microseconds_per_change(ledger, views));
  }
}
