#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/select/select_plan.hpp"

#include <algorithm>

namespace spooky::surrealql {
namespace {

// The records a step starts from.
void collect_nodes(const value& from, array& out) {
  if (from.is_record()) {
    out.push_back(from);
  } else if (from.is_object()) {
    const value& id = from["id"];
    if (id.is_record()) out.push_back(id);
  } else if (from.is_array()) {
    for (const value& item : from.as_array()) collect_nodes(item, out);
  }
}

struct wanted_table {
  std::string name;  ///< empty: any
  std::string field;
  value_range keys;  ///< unbounded: all
};

bool in_bounds(const value& key, const value_range& keys) {
  using bound = range_bound::kind;
  if (keys.begin.type == bound::included && key < keys.begin.at) return false;
  if (keys.begin.type == bound::excluded && key <= keys.begin.at) return false;
  if (keys.end.type == bound::included && key > keys.end.at) return false;
  if (keys.end.type == bound::excluded && key >= keys.end.at) return false;
  return true;
}

result<std::vector<wanted_table>> wanted_tables(const graph_part& part,
                                                const eval_context& context) {
  std::vector<wanted_table> out;
  if (part.targets.empty()) out.emplace_back();
  for (const graph_target& target : part.targets) {
    wanted_table wanted{target.table, target.field, {}};
    if (target.range) {
      SPOOKY_ASSIGN(const value keys, compute(*target.range, context));
      if (keys.type() == value_type::range) {
        wanted.keys = keys.as_range();
      } else {
        const range_bound exactly{range_bound::kind::included, keys};
        wanted.keys = {exactly, exactly};
      }
    }
    out.push_back(std::move(wanted));
  }
  return out;
}

// SurrealDB keeps a pointer on both sides: an edge `e` from `a` to `b` is `a->e`, `e->b`, `b<-e`
// and `e<-a`. So a step from an edge reaches the end that its direction names.
result<void> append_step(const record_id& node, graph_direction direction,
                         const std::vector<wanted_table>& wanted, const eval_context& context,
                         array& out) {
  if (direction == graph_direction::both) {
    SPOOKY_TRY(append_step(node, graph_direction::in, wanted, context, out));
    return append_step(node, graph_direction::out, wanted, context, out);
  }
  if (!context.spent->spend()) return context.spent->failure();
  SPOOKY_ASSIGN(const value record, context.source->get_edge(node));
  const value& end = record[direction == graph_direction::out ? "out" : "in"];
  const bool edge = is_edge(record, context.source->definitions());
  for (const wanted_table& table : wanted) {
    const std::size_t first = out.size();
    budget& spent = *context.spent;
    SPOOKY_TRY(context.source->edges(node, direction, table.name, [&](const value& id) {
      if (!spent.spend() || !spent.hold(sizeof(value) + id.weight())) return false;
      if (in_bounds(id.as_record().key, table.keys)) out.push_back(id);
      return true;
    }));
    if (spent.exhausted()) return spent.failure();
    if (edge && (table.name.empty() || end.as_record().table == table.name) &&
        in_bounds(end.as_record().key, table.keys)) {
      SPOOKY_ASSIGN(const bool reached, context.source->reaches(end.as_record()));
      if (!reached) continue;
      const auto begin = out.begin() + static_cast<std::ptrdiff_t>(first);
      out.insert(std::upper_bound(begin, out.end(), end), end);
    }
  }
  return {};
}

// `<~`: the records that hold a link. Of several tables SurrealDB follows the first.
result<void> append_references(const record_id& node, const wanted_table& wanted,
                               const eval_context& context, array& out) {
  budget& spent = *context.spent;
  if (!spent.spend()) return spent.failure();
  SPOOKY_TRY(context.source->references(node, wanted.name, wanted.field, [&](const value& id) {
    if (!spent.spend() || !spent.hold(sizeof(value) + id.weight())) return false;
    if (in_bounds(id.as_record().key, wanted.keys)) out.push_back(id);
    return true;
  }));
  if (spent.exhausted()) return spent.failure();
  return {};
}

// `WHERE`, `LIMIT`, `START` or a whole SELECT inside the parentheses of a step.
result<value> refine(const graph_part& part, array reached, const eval_context& context) {
  if (part.select) {
    eval_context inner = context;
    if (context.rules.has(behaviour::row_inside_filters)) {
      if (const value* root = document_root(context)) inner.parent = root;
      inner.row = nullptr;
    }
    return run_over(*part.select, std::move(reached), inner);
  }
  if (part.where) {
    array kept;
    eval_context inner = context;
    if (context.rules.has(behaviour::row_inside_filters))
      if (const value* root = document_root(context)) inner.parent = root;
    const bool own_rows = context.rules.has(behaviour::row_inside_filters);
    for (value& id : reached) {
      const std::size_t before = context.spent->held();
      SPOOKY_ASSIGN(const value record, fetch_record(id.as_record(), context));
      context.spent->release_to(before);
      if (record.is_none()) continue;
      inner.document = &record;
      if (own_rows) inner.row = &record;
      SPOOKY_ASSIGN(const operand passes, compute_operand(*part.where, inner));
      if (passes.get().truthy()) kept.push_back(std::move(id));
    }
    reached = std::move(kept);
  }
  if (!part.limit && !part.start) return value(std::move(reached));
  SPOOKY_ASSIGN(const window cut, window_of(part.start, part.limit, context));
  const std::size_t begin = std::min(cut.start, reached.size());
  const std::size_t count = std::min(cut.limit, reached.size() - begin);
  const auto first = reached.begin() + static_cast<std::ptrdiff_t>(begin);
  return value(array(first, first + static_cast<std::ptrdiff_t>(count)));
}

result<value> walk_from(std::span<const graph_part* const> steps, const value& start,
                        const eval_context& context) {
  value current = start;
  for (const graph_part* part : steps) {
    array nodes;
    collect_nodes(current, nodes);
    eval_context inner = context;
    inner.document = &current;
    SPOOKY_ASSIGN(const std::vector<wanted_table> wanted, wanted_tables(*part, inner));
    array reached;
    for (const value& node : nodes) {
      if (part->direction == graph_direction::reference)
        SPOOKY_TRY(append_references(node.as_record(), wanted.front(), context, reached));
      else
        SPOOKY_TRY(append_step(node.as_record(), part->direction, wanted, context, reached));
    }
    SPOOKY_ASSIGN(current, refine(*part, std::move(reached), context));
  }
  return current;
}

}  // namespace

result<value> walk_graph(std::span<const graph_part* const> steps, const value& start,
                         const eval_context& context) {
  if (!context.source)
    return fail(errc::evaluation_error, "a graph step needs a database, and there is none here");
  if (start.is_record() || start.is_object()) return walk_from(steps, start, context);
  if (!start.is_array()) return value();
  array out;
  for (const value& item : start.as_array()) {
    SPOOKY_ASSIGN(value reached, walk_graph(steps, item, context));
    if (reached.is_array())
      out.insert(out.end(), reached.as_array().begin(), reached.as_array().end());
    else
      out.push_back(std::move(reached));
  }
  return value(std::move(out));
}

}  // namespace spooky::surrealql
