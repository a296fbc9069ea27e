#include "views/engine/engine.hpp"

#include "views/engine/engine_state.hpp"

#include <algorithm>
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
  std::vector<std::uint32_t> outdated;
  impl_->budgets.begin(batch.size());
  auto deltas = impl_->flow.propagate(impl_->applied, impl_->budgets, outdated);
  // A new registration of the same query tries again, instead of finding what is left of this one.
  for (const std::uint32_t number : impl_->flow.take_halted())
    impl_->by_query.erase(impl::query_hash(impl_->flow.at(number)), number);
  std::vector<view_snapshot> shown;
  shown.reserve(outdated.size());
  for (const std::uint32_t number : outdated)
    shown.push_back(impl_->snapshot_of(impl_->flow.at(number), {}));
  impl_->flow.tables().sweep();
  for (std::size_t i = 0; i < outdated.size(); ++i) impl_->reopen(outdated[i], shown[i], deltas);
  impl_->budgets.begin(0);
  return deltas;
}

sequence_number engine::applied() const { return impl_->applied; }

result<view_snapshot> engine::snapshot(std::string_view view_id) const {
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end())
    return fail(errc::not_found, "No view '" + std::string(view_id) + "' is registered");
  return impl_->snapshot_of(impl_->flow.at(found->second.view), view_id);
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
