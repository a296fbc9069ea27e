#include "surrealql/analyse/analyse.hpp"

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <utility>

namespace spooky::surrealql {
namespace {

bool is_this(const expr& e) noexcept {
  const auto* named = std::get_if<param>(&e.node);
  return named && (named->name == "this" || named->name == "self");
}

bool is_parent(const expr& e) noexcept {
  const auto* named = std::get_if<param>(&e.node);
  return named && named->name == "parent";
}

// The field names a path begins with.
field_path leading_fields(std::span<const path_part> parts) {
  field_path out;
  for (const path_part& part : parts) {
    const auto* field = std::get_if<field_part>(&part);
    if (!field) break;
    out.push_back(field->name);
  }
  return out;
}

std::optional<field_path> plain_fields(const expr& e, bool (*starts)(const expr&) noexcept,
                                       bool bare) {
  if (starts(e)) return field_path{};
  const auto* steps = std::get_if<path>(&e.node);
  if (!steps || (steps->start ? !starts(*steps->start) : !bare)) return std::nullopt;
  field_path out = leading_fields(steps->parts);
  if (out.size() != steps->parts.size()) return std::nullopt;
  return out;
}

bool is_index_zero(const path_part& part) {
  const auto* at = std::get_if<index_part>(&part);
  const auto* fixed = at ? std::get_if<literal>(&at->index->node) : nullptr;
  return fixed && fixed->constant == value(0);
}

const value* given(const expr& e, const object& params) {
  if (const auto* fixed = std::get_if<literal>(&e.node)) return &fixed->constant;
  const auto* named = std::get_if<param>(&e.node);
  return named ? params.find(named->name) : nullptr;
}

// -- correlations -------------------------------------------------------------------------------

std::optional<correlation> as_correlation(const expr& e) {
  const auto* node = std::get_if<binary>(&e.node);
  if (!node) return std::nullopt;
  auto inner = as_field_path(*node->left);
  auto outer = as_parent_path(*node->right);
  std::optional<binary_op> op = node->op == binary_op::exact_equal ? binary_op::equal : node->op;
  if (!inner || !outer) {
    inner = as_field_path(*node->right);
    outer = as_parent_path(*node->left);
    op = op == binary_op::inside     ? binary_op::contains
         : op == binary_op::contains ? binary_op::inside
                                     : op;
  }
  const bool usable =
      op == binary_op::equal || op == binary_op::inside || op == binary_op::contains;
  if (!inner || !outer || inner->empty() || outer->empty() || !usable) return std::nullopt;
  return correlation{*std::move(inner), *op, *std::move(outer)};
}

void split_correlations(const expr_ptr& condition, subquery_use& use) {
  const auto* node = std::get_if<binary>(&condition->node);
  if (node && node->op == binary_op::logical_and) {
    split_correlations(node->left, use);
    split_correlations(node->right, use);
  } else if (auto found = as_correlation(*condition)) {
    use.correlations.push_back(*std::move(found));
  } else if (!use.residual) {
    use.residual = condition;
  } else {
    use.residual = std::make_shared<const expr>(
        expr{binary{binary_op::logical_and, use.residual, condition}, condition->where});
  }
}

// -- the walk -----------------------------------------------------------------------------------

class analysis {
 public:
  analysis(const select_statement& select, const object& params)
      : select_(select), params_(params) {}

  query_use run() {
    for (const expr_ptr& source : select_.from) add_source(source);
    for (std::size_t i = 0; i < select_.projections.size(); ++i) {
      const projection& p = select_.projections[i];
      projection_ = i;
      if (p.star()) {
        use_.whole_row = true;
      } else {
        visit_projection(*p.value);
      }
    }
    visit_clause(clause::where, select_.where);
    for (const expr_ptr& e : select_.split) visit_clause(clause::split, e);
    if (select_.grouped()) {
      for (const expr_ptr& e : select_.group)
        if (!is_alias(*e)) visit_clause(clause::group, e);
    } else {
      for (const order_key& key : select_.order)
        if (!is_alias(*key.path)) visit_clause(clause::order, key.path);
    }
    outside_rows_ = true;
    visit_clause(clause::limit, select_.limit);
    visit_clause(clause::limit, select_.start);
    outside_rows_ = false;
    for (const expr_ptr& e : select_.fetch) add_fetch(*e);
    return std::move(*this).finish();
  }

 private:
  bool is_alias(const expr& e) const {
    return std::ranges::any_of(select_.projections,
                               [&](const projection& p) { return p.alias && same(*p.alias, e); });
  }

  void visit_clause(clause where, const expr_ptr& e) {
    if (!e) return;
    clause_ = where;
    visit(*e);
  }

  void visit_projection(const expr& e) {
    clause_ = clause::projection;
    direct_ = nullptr;
    first_only_ = false;
    if (const auto* nested = std::get_if<subquery>(&e.node)) {
      direct_ = nested->select.get();
    } else if (const auto* steps = std::get_if<path>(&e.node); steps && steps->start &&
                                                               steps->parts.size() == 1 &&
                                                               is_index_zero(steps->parts[0])) {
      if (const auto* inner = std::get_if<subquery>(&steps->start->node)) {
        direct_ = inner->select.get();
        first_only_ = true;
      }
    }
    visit(e);
    if (select_.grouped()) add_aggregates(e);
  }

  void add_aggregates(const expr& e) {
    if (const auto* node = std::get_if<call>(&e.node); node && is_aggregate(node->function)) {
      use_.aggregates.push_back(
          {projection_, node->function, node->arguments.empty() ? nullptr : node->arguments[0]});
      return;
    }
    const child_visitor below{[this](const expr& child) { add_aggregates(child); }, {}};
    for_each_child(e, below);
  }

  void visit(const expr& e) {
    if (const auto* named = std::get_if<param>(&e.node)) {
      if (is_parent(e) || (is_this(e) && outside_rows_))
        add_parent({});
      else if (is_this(e) && !in_element_)
        use_.whole_row = true;
      else
        add_constant(params_.find(named->name));
      return;
    }
    if (const auto* fixed = std::get_if<literal>(&e.node)) return add_constant(&fixed->constant);
    if (const auto* record = std::get_if<record_literal>(&e.node)) tables_.insert(record->table);
    if (const auto* nested = std::get_if<subquery>(&e.node)) return add_subquery(nested->select);
    if (const auto* steps = std::get_if<path>(&e.node)) return visit_path(*steps);
    if (const auto* node = std::get_if<call>(&e.node)) note_call(*node);
    if (std::holds_alternative<closure>(e.node)) return visit_element(e);
    // The closure may look at the row it is called for.
    if (std::holds_alternative<invocation>(e.node)) use_.whole_row = use_.any_table = true;
    const child_visitor below{[this](const expr& child) { visit(child); }, {}};
    for_each_child(e, below);
  }

  // Inside closures, `[WHERE ...]` and method arguments names are those of an element, not the
  // row's.
  void visit_element(const expr& e) {
    const bool before = std::exchange(in_element_, true);
    if (const auto* made = std::get_if<closure>(&e.node))
      visit(*made->body);
    else
      visit(e);
    in_element_ = before;
  }

  void note_call(const call& node) {
    const bool by_name = node.function == "type::field" || node.function == "type::fields";
    if (by_name) use_.whole_row = true;
    if (by_name || node.function.starts_with("record::")) use_.any_table = true;
  }

  // A value that stands in the query: a record id in it may be followed.
  void add_constant(const value* v) {
    if (!v) return;
    if (v->is_record()) tables_.insert(v->as_record().table);
    if (v->is_array())
      for (const value& item : v->as_array()) add_constant(&item);
  }

  void visit_path(const path& steps) {
    if (!steps.parts.empty() && std::holds_alternative<document_part>(steps.parts.front()))
      use_.whole_row = use_.any_table = true;
    const std::size_t fields = leading_fields(steps.parts).size();
    field_path read = leading_fields(steps.parts);
    const bool of_row = !steps.start || is_this(*steps.start);
    if (of_row && outside_rows_) {
      if (steps.start) add_parent(read);
    } else if (of_row && !in_element_) {
      add_row_path(steps, read);
    } else if (steps.start && is_parent(*steps.start)) {
      add_parent(read);
    } else {
      if (steps.start) visit(*steps.start);
      // What a link found in a computed value leads to is known at run time only.
      const bool constant_record =
          steps.start && given(*steps.start, params_) && given(*steps.start, params_)->is_record();
      if (fields > (constant_record ? 1u : 0u) || !steps.parts.empty()) use_.any_table = true;
    }
    for (const path_part& part : steps.parts) visit_part(part, of_row, read);
  }

  void add_row_path(const path& steps, const field_path& read) {
    if (read.empty())
      use_.whole_row = use_.whole_row || !starts_with_graph(steps.parts);
    else
      use_.fields.push_back(read);
    if (starts_with_graph(steps.parts)) use_.fields.push_back({"id"});
    for (std::size_t i = 1; i < read.size(); ++i)
      add_link({read.begin(), read.begin() + static_cast<std::ptrdiff_t>(i)},
               {read.begin() + static_cast<std::ptrdiff_t>(i), read.end()});
    if (read.size() == steps.parts.size() || read.empty()) return;
    const path_part& next = steps.parts[read.size()];
    if (std::holds_alternative<all_part>(next) || std::holds_alternative<destructure_part>(next) ||
        std::holds_alternative<where_part>(next) || std::holds_alternative<index_part>(next) ||
        std::holds_alternative<last_part>(next) || std::holds_alternative<recurse_part>(next) ||
        std::holds_alternative<optional_part>(next))
      add_link(read, leading_fields(std::span(steps.parts).subspan(read.size() + 1)));
  }

  static bool starts_with_graph(const std::vector<path_part>& parts) {
    return !parts.empty() && std::holds_alternative<graph_part>(parts[0]);
  }

  void add_link(field_path link, field_path rest) {
    use_.links.push_back({clause_, std::move(link), std::move(rest)});
    use_.any_table = true;
  }

  void add_parent(field_path read) {
    use_.reads_parent = true;
    use_.parent_fields.push_back(std::move(read));
  }

  void visit_part(const path_part& part, bool of_row, const field_path& read) {
    if (const auto* at = std::get_if<index_part>(&part)) visit(*at->index);
    if (const auto* where = std::get_if<where_part>(&part)) visit_element(*where->condition);
    if (const auto* method = std::get_if<method_part>(&part))
      for (const expr_ptr& argument : method->arguments) visit_element(*argument);
    if (const auto* members = std::get_if<destructure_part>(&part))
      for (const destructure_member& member : members->members) visit_element(*member.path);
    if (const auto* again = std::get_if<recurse_part>(&part)) {
      use_.any_table = true;
      if (again->path) visit_element(*again->path);
      if (again->target) visit(*again->target);
    }
    if (const auto* step = std::get_if<graph_part>(&part)) add_graph(*step, of_row, read);
  }

  void add_graph(const graph_part& step, bool of_row, const field_path& start) {
    graph_use use{clause_, step.direction, {}, start, of_row && !in_element_ && !outside_rows_};
    for (const graph_target& target : step.targets) {
      use.edge_tables.push_back(target.table);
      tables_.insert(target.table);
      if (target.range) visit_element(*target.range);
    }
    if (step.targets.empty()) use_.any_table = true;
    if (step.where) visit_element(*step.where);
    if (step.select) {
      const query_use inner = analysis(*step.select, params_).run();
      tables_.insert(inner.tables.begin(), inner.tables.end());
      use_.any_table = use_.any_table || inner.any_table;
    }
    use_.graphs.push_back(std::move(use));
  }

  void add_subquery(const select_ptr& select) {
    const query_use inner = analysis(*select, params_).run();
    tables_.insert(inner.tables.begin(), inner.tables.end());
    use_.any_table = use_.any_table || inner.any_table;
    subquery_use use;
    use.select = select;
    use.in = clause_;
    use.projection = projection_;
    use.direct = direct_ == select.get();
    use.first_only = use.direct && first_only_;
    use.correlated = inner.reads_parent;
    if (select->where) split_correlations(select->where, use);
    for (const field_path& read : inner.parent_fields) {
      if (outside_rows_) {
        add_parent(read);
        continue;
      }
      if (in_element_) continue;
      if (read.empty())
        use_.whole_row = true;
      else
        use_.fields.push_back(read);
      for (std::size_t i = 1; i < read.size(); ++i)
        add_link({read.begin(), read.begin() + static_cast<std::ptrdiff_t>(i)},
                 {read.begin() + static_cast<std::ptrdiff_t>(i), read.end()});
    }
    use_.subqueries.push_back(std::move(use));
  }

  void add_fetch(const expr& e) {
    clause_ = clause::fetch;
    const auto* steps = std::get_if<path>(&e.node);
    if (!steps) {
      // A parameter or a function names what is fetched.
      use_.whole_row = use_.any_table = true;
      return;
    }
    const field_path read = leading_fields(steps->parts);
    if (!read.empty()) use_.fields.push_back(read);
    add_link(read, {});
  }

  void add_source(const expr_ptr& source) {
    clause_ = clause::from;
    outside_rows_ = true;
    source_use use;
    use.expression = source;
    use.kind = classify(*source, use.tables);
    if (use.kind == source_kind::subquery) {
      // A sub-query in FROM belongs to the same statement: its $parent is ours.
      const query_use inner = analysis(*std::get<subquery>(source->node).select, params_).run();
      use.tables = inner.tables;
      use_.any_table = use_.any_table || inner.any_table;
      for (const field_path& read : inner.parent_fields) add_parent(read);
    } else {
      if (use.kind == source_kind::other) use_.any_table = true;
      visit(*source);
    }
    std::ranges::sort(use.tables);
    tables_.insert(use.tables.begin(), use.tables.end());
    use_.sources.push_back(std::move(use));
    outside_rows_ = false;
  }

  source_kind classify(const expr& source, std::vector<std::string>& tables) const {
    if (std::holds_alternative<subquery>(source.node)) return source_kind::subquery;
    if (const auto* record = std::get_if<record_literal>(&source.node)) {
      tables.push_back(record->table);
      return std::holds_alternative<range_expr>(record->key->node) ? source_kind::record_range
                                                                   : source_kind::record;
    }
    if (const auto* list = std::get_if<array_literal>(&source.node))
      return classify_items(*list, tables);
    if (const auto* steps = std::get_if<path>(&source.node))
      return steps->start && starts_with_graph(steps->parts) && is_constant(*steps->start)
                 ? source_kind::graph
                 : source_kind::other;
    const value* v = given(source, params_);
    return v ? classify_value(*v, tables) : source_kind::other;
  }

  static source_kind classify_value(const value& v, std::vector<std::string>& tables) {
    if (v.type() == value_type::table) {
      tables.emplace_back(v.as_string());
      return source_kind::table;
    }
    if (v.is_record()) {
      tables.push_back(v.as_record().table);
      return v.as_record().key.type() == value_type::range ? source_kind::record_range
                                                           : source_kind::record;
    }
    if (!v.is_array() || !std::ranges::all_of(v.as_array(), &value::is_record))
      return source_kind::other;
    for (const value& item : v.as_array()) tables.push_back(item.as_record().table);
    std::ranges::sort(tables);
    tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
    return source_kind::records;
  }

  source_kind classify_items(const array_literal& list, std::vector<std::string>& tables) const {
    for (const expr_ptr& item : list.items) {
      const value* v = given(*item, params_);
      const auto* record = std::get_if<record_literal>(&item->node);
      if (record)
        tables.push_back(record->table);
      else if (v && v->is_record())
        tables.push_back(v->as_record().table);
      else
        return source_kind::other;
    }
    return source_kind::records;
  }

  query_use finish() && {
    use_.tables.assign(tables_.begin(), tables_.end());
    const auto distinct = [](std::vector<field_path>& paths) {
      std::ranges::sort(paths);
      paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    };
    distinct(use_.fields);
    distinct(use_.parent_fields);
    return std::move(use_);
  }

  const select_statement& select_;
  const object& params_;
  query_use use_;
  std::set<std::string> tables_;
  clause clause_ = clause::projection;
  std::size_t projection_ = 0;
  const select_statement* direct_ = nullptr;
  bool first_only_ = false;
  bool in_element_ = false;    ///< names are those of a list's element
  bool outside_rows_ = false;  ///< FROM and LIMIT: `$this` is the enclosing row
};

}  // namespace

std::optional<field_path> as_field_path(const expr& expression) {
  return plain_fields(expression, is_this, true);
}

std::optional<field_path> as_parent_path(const expr& expression) {
  return plain_fields(expression, is_parent, false);
}

query_use analyse(const select_statement& select, const object& params) {
  return analysis(select, params).run();
}

std::vector<std::string> tables_read(const select_statement& select, const object& params) {
  return analyse(select, params).tables;
}

}  // namespace spooky::surrealql
