#include "views/engine/engine_state.hpp"

#include <utility>

namespace spooky::views {

result<value> engine::explain(std::string_view view_id) const {
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end())
    return fail(errc::not_found, "No view '" + std::string(view_id) + "' is registered");
  const maintained_view& v = impl_->flow.at(found->second.view);
  object out = v.describe();
  out.set("id", value(view_id));
  out.set("query", value(v.query().text));
  out.set("params", value(v.params()));
  out.set("mode", v.mode() == maintenance::incremental ? "incremental" : "recompute");
  if (v.mode() == maintenance::recompute) out.set("reason", value(v.mode_reason()));
  out.set("bytes", static_cast<std::int64_t>(v.bytes()));
  out.set("cost", value(object{{"evaluations", static_cast<std::int64_t>(v.updates)},
                               {"steps", static_cast<std::int64_t>(v.spent_steps)},
                               {"last_steps", static_cast<std::int64_t>(v.last_steps)}}));
  out.set("shared_by", static_cast<std::int64_t>(v.ids.size()));
  array tables;
  for (std::string& name : v.tables()) tables.emplace_back(std::move(name));
  out.set("tables", value(std::move(tables)));
  array clock;
  for (const auto& use : v.query().clock)
    clock.emplace_back(object{
        {"expression", value(use.expression)},
        {"kept", value(use.kept == surrealql::clock_use::way::due ? "due-time" : "clocked")}});
  if (!clock.empty()) out.set("time", value(std::move(clock)));
  if (v.failure()) out.set("failed", value(v.failure()->message));
  return value(std::move(out));
}

value engine::dependencies() const {
  constexpr std::size_t listed_views = 100;
  const store& tables = impl_->flow.tables();
  std::unordered_map<std::string, array> views_of;
  std::unordered_map<std::string, std::int64_t> view_counts;
  for (const auto& v : impl_->flow.views()) {
    if (!v) continue;
    for (const std::string& name : v->tables()) {
      view_counts[name] += static_cast<std::int64_t>(v->ids.size());
      for (const std::string& id : v->ids)
        if (views_of[name].size() < listed_views) views_of[name].emplace_back(id);
    }
  }
  object by_table;
  for (const row_table* table : tables.tables_by_name()) {
    array indexes;
    for (const path_index* index : tables.path_indexes(*table)) {
      object o;
      o.set("path", value(to_string(index->path())));
      o.set("values", static_cast<std::int64_t>(index->buckets()));
      o.set("subscriptions", static_cast<std::int64_t>(index->subscriptions()));
      o.set("users", static_cast<std::int64_t>(index->users));
      o.set("bytes", static_cast<std::int64_t>(index->bytes()));
      indexes.emplace_back(std::move(o));
    }
    for (const auto& index : tables.element_indexes(*table)) {
      object o;
      o.set("elements_of", value(index->field()));
      o.set("values", static_cast<std::int64_t>(index->elements()));
      o.set("subscriptions", static_cast<std::int64_t>(index->subscriptions()));
      o.set("users", static_cast<std::int64_t>(index->users));
      o.set("bytes", static_cast<std::int64_t>(index->bytes()));
      indexes.emplace_back(std::move(o));
    }
    for (const order_index* index : tables.order_indexes(*table)) {
      object o;
      o.set("order", value(index->order().empty() ? "id" : index->order().text()));
      o.set("rows", static_cast<std::int64_t>(index->size()));
      o.set("subscriptions", static_cast<std::int64_t>(index->subscriptions()));
      o.set("users", static_cast<std::int64_t>(index->users));
      o.set("bytes", static_cast<std::int64_t>(index->bytes()));
      indexes.emplace_back(std::move(o));
    }
    object entry;
    entry.set("rows", static_cast<std::int64_t>(table->size()));
    entry.set("view_count", view_counts[table->name()]);
    entry.set("views", value(std::move(views_of[table->name()])));
    entry.set("indexes", value(std::move(indexes)));
    by_table.set(table->name(), value(std::move(entry)));
  }
  object out;
  out.set("tables", value(std::move(by_table)));
  out.set("view_count", static_cast<std::int64_t>(impl_->by_id.size()));
  out.set("distinct_views", static_cast<std::int64_t>(impl_->flow.view_count()));
  out.set("cached_plans", static_cast<std::int64_t>(impl_->plans.size()));
  out.set("reads", static_cast<std::int64_t>(tables.readers().reads()));
  out.set("moments", static_cast<std::int64_t>(tables.due().size()));
  return value(std::move(out));
}

}  // namespace spooky::views
