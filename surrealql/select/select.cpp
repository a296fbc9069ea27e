#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/select/named_fields.hpp"
#include "surrealql/select/row_filter.hpp"
#include "surrealql/select/select_run.hpp"
#include "surrealql/select/stages.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace spooky::surrealql {
namespace {

// A statement that the caller keeps alive, as the pointer that plans hold.
select_ptr borrowed(const select_statement& select) {
  return select_ptr(std::shared_ptr<const void>(), &select);
}

// Receives one finished row. False: enough.
using row_sink = std::function<result<bool>(value row)>;
// Feeds documents: visit_sources, or a list that is already there. With ids, only those records.
using document_feed = std::function<result<void>(const row_filter&, const document_visitor&)>;

// The table of a statement that reads one whole table and nothing else.
std::string_view only_table(const select_statement& select) {
  if (select.from.size() != 1) return {};
  const auto* fixed = std::get_if<literal>(&select.from[0]->node);
  return fixed && fixed->constant.type() == value_type::table ? fixed->constant.as_string()
                                                              : std::string_view();
}

eval_context outside_rows(const eval_context& context) {
  eval_context outside = context;
  outside.document = nullptr;
  outside.row = nullptr;
  return outside;
}

// Runs one SELECT over a feed of documents.
class select_run {
 public:
  select_run(const select_plan& plan, const eval_context& context)
      : plan_(plan),
        select_(plan.statement()),
        context_(context),
        spent_(*context.spent),
        where_(select_.where, only_table(select_), outside_rows(context)) {}

  result<void> over(const document_feed& feed, const row_sink& sink) {
    if (select_.order_random)
      return fail(errc::unsupported, "ORDER BY rand() gives another order each time");
    SPOOKY_ASSIGN(window_, plan_.window_of(context_));
    if (select_.grouped()) return grouped(feed, sink);
    if (select_.order.empty()) return streamed(feed, sink);
    return ordered(feed, sink);
  }

 private:
  struct sorted_row {
    array keys;
    std::size_t arrival;  ///< breaks ties: sources come in record id order
    value row;

    std::size_t bytes() const noexcept {
      std::size_t all = sizeof(sorted_row) + row.weight();
      for (const value& key : keys) all += sizeof(value) + key.weight();
      return all;
    }
  };

  // Calls `take` for each document that passes WHERE, after SPLIT.
  result<void> filtered(const document_feed& feed, const document_visitor& take) {
    eval_context inner = context_;
    return feed(where_, [&](const value& document) -> result<bool> {
      if (!spent_.spend()) return spent_.failure();
      inner.document = &document;
      SPOOKY_ASSIGN(const bool passes, where_.passes(inner));
      if (!passes) return true;
      if (select_.split.empty()) return take(document);
      SPOOKY_ASSIGN(const std::vector<value> parts, plan_.split(document, inner));
      for (const value& part : parts) {
        SPOOKY_ASSIGN(const bool more, take(part));
        if (!more) return false;
      }
      return true;
    });
  }

  // Projects a document that is inside the window.
  result<bool> emit(const value& document, const row_sink& sink) {
    eval_context inner = context_;
    inner.document = &document;
    const std::size_t before = spent_.held();
    SPOOKY_ASSIGN(value row, plan_.project(inner));
    if (plan_.drops(document, row)) return true;
    SPOOKY_ASSIGN(row, plan_.finish(std::move(row), context_));
    if (!spent_.settle(before, row)) return spent_.failure();
    return sink(std::move(row));
  }

  result<void> streamed(const document_feed& feed, const row_sink& sink) {
    std::size_t seen = 0;
    if (window_.limit == 0) return {};
    return filtered(feed, [&](const value& document) -> result<bool> {
      if (seen++ < window_.start) return true;
      SPOOKY_ASSIGN(const bool more, emit(document, sink));
      return more && seen - window_.start < window_.limit;
    });
  }

  result<void> grouped(const document_feed& feed, const row_sink& sink) {
    const auto by_key = [](const array& a, const array& b) {
      return std::ranges::lexicographical_compare(a, b);
    };
    std::map<array, select_plan::group_state, decltype(by_key)> groups(by_key);
    const auto group_of = [&](array key, std::size_t bytes) -> result<select_plan::group_state*> {
      if (const auto found = groups.find(key); found != groups.end()) return &found->second;
      SPOOKY_ASSIGN(auto fresh, plan_.new_group(context_));
      if (!spent_.allows_rows(groups.size() + 1)) return spent_.failure();
      if (!spent_.hold(fresh.bytes() + bytes)) return spent_.failure();
      return &groups.emplace(std::move(key), std::move(fresh)).first->second;
    };
    eval_context inner = context_;
    const document_visitor take = [&](const value& document) -> result<bool> {
      inner.document = &document;
      // A new group keeps its key, and lists keep inputs; nothing else stays.
      std::size_t before = spent_.held();
      SPOOKY_ASSIGN(array key, plan_.group_key(inner));
      const std::size_t key_bytes = spent_.held() - before;
      spent_.release_to(before);
      SPOOKY_ASSIGN(auto* group, group_of(std::move(key), key_bytes));
      before = spent_.held();
      SPOOKY_ASSIGN(const array inputs, plan_.group_inputs(inner));
      spent_.release_to(before);
      if (!spent_.hold(group->add_inputs(inputs))) return spent_.failure();
      return true;
    };
    SPOOKY_TRY(filtered(feed, take));
    if (groups.empty()) {
      SPOOKY_ASSIGN(const bool row, plan_.groups_nothing(context_));
      if (row) SPOOKY_TRY(group_of(array(), 0));
    }

    std::vector<sorted_row> rows;
    for (const auto& [key, state] : groups) {
      SPOOKY_ASSIGN(value row, plan_.group_row(key, state, context_));
      SPOOKY_ASSIGN(array keys, plan_.order_keys(row, context_));
      rows.push_back({std::move(keys), rows.size(), std::move(row)});
    }
    std::ranges::sort(rows, before());
    return inside_window(rows, [&](sorted_row& one) -> result<bool> {
      SPOOKY_ASSIGN(value row, plan_.finish(std::move(one.row), context_));
      return sink(std::move(row));
    });
  }

  result<void> ordered(const document_feed& feed, const row_sink& sink) {
    std::vector<sorted_row> rows;
    const auto earlier = before();
    // Only the first start + limit rows matter: with few of them the rows are a heap whose top is
    // the worst one kept.
    const std::size_t wanted =
        window_.limit > SIZE_MAX - window_.start ? SIZE_MAX : window_.start + window_.limit;
    std::size_t arrived = 0;
    const document_visitor keep = [&](const value& document) -> result<bool> {
      const std::size_t before = spent_.held();
      SPOOKY_ASSIGN(array keys, plan_.order_keys(document, context_));
      spent_.release_to(before);
      sorted_row row{std::move(keys), arrived++, document};
      if (rows.size() < wanted) {
        if (!spent_.allows_rows(rows.size() + 1)) return spent_.failure();
        if (!spent_.hold(row.bytes())) return spent_.failure();
        rows.push_back(std::move(row));
        if (rows.size() == wanted) std::ranges::make_heap(rows, earlier);
      } else if (wanted > 0 && earlier(row, rows.front())) {
        std::ranges::pop_heap(rows, earlier);
        spent_.release(rows.back().bytes());
        if (!spent_.hold(row.bytes())) return spent_.failure();
        rows.back() = std::move(row);
        std::ranges::push_heap(rows, earlier);
      }
      return true;
    };
    SPOOKY_TRY(filtered(feed, keep));
    if (!spent_.spend(rows.size())) return spent_.failure();
    std::ranges::sort(rows, earlier);
    return inside_window(rows,
                         [&](sorted_row& one) -> result<bool> { return emit(one.row, sink); });
  }

  std::function<bool(const sorted_row&, const sorted_row&)> before() const {
    return [this](const sorted_row& a, const sorted_row& b) {
      const auto order = plan_.compare_order_keys(a.keys, b.keys);
      return order == 0 ? a.arrival < b.arrival : order < 0;
    };
  }

  template <class Take>
  result<void> inside_window(std::vector<sorted_row>& rows, Take&& take) {
    for (std::size_t i = window_.start; i < rows.size() && i - window_.start < window_.limit; ++i) {
      SPOOKY_ASSIGN(const bool more, take(rows[i]));
      if (!more) break;
    }
    return {};
  }

  const select_plan& plan_;
  const select_statement& select_;
  const eval_context& context_;
  budget& spent_;
  row_filter where_;
  window window_;
};

// A context that has a budget.
class budgeted {
 public:
  explicit budgeted(const eval_context& context) : context_(context) {
    if (!context_.spent) context_.spent = &own_.emplace();
  }
  const eval_context& context() const noexcept { return context_; }

 private:
  eval_context context_;
  std::optional<budget> own_;
};

error more_than_one() {
  return fail(errc::evaluation_error,
              "Expected a single result output when using the ONLY keyword");
}

// ONLY over plain values insists on exactly one row; over records none is NONE.
bool only_values(const select_statement& select) {
  return std::ranges::all_of(select.from, [](const expr_ptr& source) {
    const auto* fixed = std::get_if<literal>(&source->node);
    if (std::holds_alternative<array_literal>(source->node)) return true;
    if (!fixed) return false;
    const value& v = fixed->constant;
    return v.is_array() || v.is_string() || v.is_number() || v.is_nullish() ||
           v.type() == value_type::boolean;
  });
}

result<void> run_rows(const select_plan& plan, const eval_context& context, const row_sink& sink) {
  const select_statement& select = plan.statement();
  if (select.explain != explain_mode::none)
    return fail(errc::unsupported, "EXPLAIN describes the database's own plan; ask the database");
  if (const expr* use = group_document_use(select)) return group_document_error(*use);
  SPOOKY_TRY(check_clauses(select, context));
  if (plan.counts_rows_only()) {
    SPOOKY_ASSIGN(const std::int64_t rows, count_source(select, context));
    SPOOKY_ASSIGN(const bool shown, rows > 0 ? true : plan.groups_nothing(context));
    if (!shown) return {};
    SPOOKY_ASSIGN(const bool more, sink(plan.count_row(rows)));
    (void)more;
    return {};
  }
  return select_run(plan, context)
      .over(
          [&](const row_filter& where, const document_visitor& visit) {
            return where.ids()
                       ? visit_records(select, only_table(select), *where.ids(), context, visit)
                       : visit_sources(select, context, visit);
          },
          sink);
}

result<value> collect(const select_plan& plan, const eval_context& context,
                      const std::function<result<void>(const row_sink&)>& rows) {
  array out;
  budget& spent = *context.spent;
  const bool only = plan.statement().only;
  const row_sink keep = [&](value row) -> result<bool> {
    out.push_back(std::move(row));
    if (only && out.size() > 1) return more_than_one();
    if (!spent.allows_rows(out.size())) return spent.failure();
    if (!spent.hold(sizeof(value))) return spent.failure();
    return true;
  };
  SPOOKY_TRY(rows(keep));
  if (!only) return value(std::move(out));
  if (!out.empty()) return std::move(out[0]);
  if (only_values(plan.statement()) && !plan.counts_rows_only()) return more_than_one();
  return value();
}

}  // namespace

result<value> run(const select_statement& select, const eval_context& outer) {
  const budgeted inside(outer);
  const eval_context& context = inside.context();
  const select_plan plan(borrowed(select), context.rules);
  return collect(plan, context,
                 [&](const row_sink& sink) { return run_rows(plan, context, sink); });
}

result<value> run_over(const select_statement& select, array documents,
                       const eval_context& context) {
  const select_plan plan(borrowed(select), context.rules);
  return collect(plan, context, [&](const row_sink& sink) {
    return select_run(plan, context)
        .over(
            [&](const row_filter&, const document_visitor& visit) -> result<void> {
              for (const value& id : documents) {
                SPOOKY_ASSIGN(const value record, fetch_record(id.as_record(), context));
                if (record.is_none()) continue;
                SPOOKY_ASSIGN(const bool more, visit(record));
                if (!more) break;
              }
              return {};
            },
            sink);
  });
}

result<void> run_streaming(const select_statement& select, const eval_context& outer,
                           const row_visitor& visit) {
  const budgeted inside(outer);
  const eval_context& context = inside.context();
  const select_plan plan(borrowed(select), context.rules);
  return run_rows(plan, context, [&](value row) -> result<bool> {
    const bool more = visit(row);
    context.spent->release(row.weight());
    return more;
  });
}

result<value> run(const statement& any, const eval_context& context) {
  if (const auto* select = std::get_if<select_ptr>(&any)) return run(**select, context);
  if (const auto* back = std::get_if<return_statement>(&any))
    return evaluate(*back->result, context);
  if (const auto* info = std::get_if<info_statement>(&any)) {
    if (!context.source) return fail(errc::evaluation_error, "INFO needs a database");
    return context.source->info(*info);
  }
  // LET gives NONE; who runs several statements binds its value with evaluate().
  SPOOKY_TRY(evaluate(*std::get<let_statement>(any).bound, context));
  return value();
}

}  // namespace spooky::surrealql
