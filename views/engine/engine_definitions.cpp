#include "surrealql/evaluate/computed_fields.hpp"
#include "views/engine/engine_state.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spooky::views {

using surrealql::catalog;

namespace {

const catalog& or_nothing(const std::shared_ptr<const catalog>& known) {
  static const catalog nothing;
  return known ? *known : nothing;
}

/// What two catalogs say differently.
class catalog_difference {
 public:
  catalog_difference(const catalog& before, const catalog& after)
      : tables_(names(before.tables, after.tables)),
        params_(names(before.params, after.params)),
        functions_(before.functions.size() != after.functions.size() ||
                   !names(before.functions, after.functions).empty()) {}

  bool any() const { return functions_ || !tables_.empty() || !params_.empty(); }
  bool param(const std::string& name) const { return params_.contains(name); }

 private:
  /// Those that only one has, or both differently.
  template <class Entries>
  static std::set<std::string> names(const Entries& before, const Entries& after) {
    std::set<std::string> out;
    for (const auto& [name, entry] : before) {
      const auto now = after.find(name);
      if (now == after.end() || now->second.source != entry.source) out.insert(name);
    }
    for (const auto& [name, entry] : after)
      if (!before.contains(name)) out.insert(name);
    return out;
  }

  std::set<std::string> tables_;
  std::set<std::string> params_;
  bool functions_;
};

/// The rows of a table without what they were told with for fields that are computed no longer.
void add_uncomputed(const row_table& rows, const surrealql::catalog_table& before,
                    const surrealql::catalog_table* after, std::vector<change>& out) {
  surrealql::catalog_table gone;
  for (const auto& field : before.computed)
    if (after == nullptr || !after->computes(field.name)) gone.computed.push_back(field);
  if (gone.computed.empty()) return;
  rows.scan({}, [&](slot s) {
    value left = surrealql::without_computed(rows[s].record, gone);
    if (!left.same_payload(rows[s].record)) {
      change& c = out.emplace_back();
      c.op = change_op::update;
      c.id = rows.id_of(s);
      c.record = std::move(left);
      c.version = rows[s].version;
    }
    return true;
  });
}

}  // namespace

std::vector<view_delta> engine::set_definitions(
    std::shared_ptr<const catalog> definitions,
    std::shared_ptr<const surrealql::select_rules> rules) {
  store& tables = impl_->flow.tables();
  // Without rules nothing is shown, rather than everything.
  if (!rules) rules = std::make_shared<const surrealql::select_rules>();
  const bool other_rules = rules != impl_->rules;
  impl_->rules = std::move(rules);

  const std::shared_ptr<const catalog> before = std::exchange(impl_->definitions, definitions);
  const catalog_difference changed(or_nothing(before), or_nothing(definitions));
  std::vector<view_delta> out;
  if (changed.any()) {
    impl_->plans.check_again();
    std::vector<change> uncomputed;
    for (const auto& [name, table] : or_nothing(before).tables)
      if (const row_table* rows = tables.find_table(name))
        add_uncomputed(*rows, table, or_nothing(definitions).table(name), uncomputed);
    // Views that are opened anew below see it then, and the others never look at it.
    if (!uncomputed.empty()) out = step(uncomputed);
  }
  tables.define(definitions);

  const auto concerned = [&](const maintained_view& v) {
    if (other_rules && std::any_of(v.ids.begin(), v.ids.end(), [&](const std::string& id) {
          return impl_->by_id.find(id)->second.who != nullptr;
        }))
      return true;
    if (!changed.any()) return false;
    const plan& p = v.query();
    if (!p.own_tables || impl_->computes(p, v.params(), before.get()) ||
        impl_->computes(p, v.params(), definitions.get()))
      return true;
    return std::any_of(p.parameters.begin(), p.parameters.end(),
                       [&](const std::string& name) { return changed.param(name); });
  };
  std::vector<std::uint32_t> numbers;
  for (const auto& v : impl_->flow.views())
    if (v && concerned(*v)) numbers.push_back(v->number());
  for (const std::uint32_t number : numbers)
    // What is halted shows nothing, and is not tried again for this; but it is looked for by what
    // its callers see.
    if (impl_->flow.at(number).halted())
      impl_->keep_halted(number);
    else
      impl_->reopen(number, impl_->snapshot_of(impl_->flow.at(number), {}), out);
  return out;
}

}  // namespace spooky::views
