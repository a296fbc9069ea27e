#include "views/engine/engine.hpp"

#include "views/engine/engine_state.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace spooky::views {

engine::engine(engine_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
engine::~engine() = default;
engine::engine(engine&&) noexcept = default;
engine& engine::operator=(engine&&) noexcept = default;

void engine::reset() { impl_ = std::make_unique<impl>(impl_->options); }

std::vector<view_delta> engine::step(std::span<const change> batch) {
  const sequence_number before = impl_->applied;
  impl_->stepped = true;
  row_table* table = nullptr;
  sequence_number loaded_at = 0;
  for (const change& c : batch) {
    if (c.seq != 0 && c.seq <= before) continue;
    impl_->applied = std::max(impl_->applied, c.seq);
    if (table == nullptr || table->name() != c.id.table) {
      table = impl_->flow.tables().find_table(c.id.table);
      if (table == nullptr) continue;
      const auto at = impl_->loaded_at.find(table->number());
      loaded_at = at == impl_->loaded_at.end() ? 0 : at->second;
    }
    if (c.seq != 0 && c.seq <= loaded_at) continue;
    impl_->flow.put(c, *table);
  }
  return impl_->settle(batch.size());
}

std::vector<view_delta> engine::impl::settle(std::size_t changes) {
  std::vector<std::uint32_t> outdated;
  budgets.begin(changes);
  auto deltas = flow.propagate(applied, budgets, outdated);
  // A new registration of the same query tries again, instead of finding what is left of this one.
  for (const std::uint32_t number : flow.take_halted())
    by_query.erase(query_hash(flow.at(number)), number);
  std::vector<view_snapshot> shown;
  shown.reserve(outdated.size());
  for (const std::uint32_t number : outdated) shown.push_back(snapshot_of(flow.at(number), {}));
  flow.tables().sweep();
  for (std::size_t i = 0; i < outdated.size(); ++i) reopen(outdated[i], shown[i], deltas);
  budgets.begin(0);
  return deltas;
}

surrealql::moment engine::impl::moment_at(const datetime& now) const {
  const std::int64_t tick = std::max<std::int64_t>(options.time_granularity.count(), 1);
  const std::int64_t millis = now.seconds * 1'000 + now.nanos / 1'000'000;
  std::int64_t gone = millis % tick;
  if (gone < 0) gone += tick;
  const std::int64_t next = millis - gone + tick;
  const std::int64_t seconds = next / 1'000 - (next % 1'000 < 0 ? 1 : 0);
  const auto rest = static_cast<std::uint32_t>(next - seconds * 1'000);
  return {now, datetime{seconds, rest * 1'000'000}};
}

std::vector<view_delta> engine::advance_to(const datetime& now) {
  const surrealql::moment& before = impl_->flow.tables().now();
  if (before.known() && now <= before.now()) return {};
  impl_->flow.pass_time(impl_->moment_at(now));
  return impl_->flow.touched() ? impl_->settle(0) : std::vector<view_delta>{};
}

std::optional<datetime> engine::now() const {
  const surrealql::moment& now = impl_->flow.tables().now();
  return now.known() ? std::optional(now.now()) : std::nullopt;
}

std::optional<datetime> engine::next_moment() const { return impl_->flow.tables().due().next(); }

sequence_number engine::applied() const { return impl_->applied; }

result<view_snapshot> engine::snapshot(std::string_view view_id) const {
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end())
    return fail(errc::not_found, "No view '" + std::string(view_id) + "' is registered");
  return impl_->snapshot_of(impl_->flow.at(found->second.view), view_id);
}

std::size_t engine::bytes() const noexcept { return impl_->flow.bytes(); }

void engine::share_memory(std::size_t elsewhere) noexcept { impl_->budgets.elsewhere(elsewhere); }

std::size_t engine::bytes_of(std::string_view view_id) const {
  const auto found = impl_->by_id.find(view_id);
  return found == impl_->by_id.end() ? 0 : impl_->flow.at(found->second.view).counted_bytes;
}

std::vector<std::string> engine::view_ids() const {
  std::vector<std::string> out;
  out.reserve(impl_->by_id.size());
  for (const auto& [id, where] : impl_->by_id) out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

const surrealql::table_source& engine::source() const { return impl_->ad_hoc; }

}  // namespace spooky::views
