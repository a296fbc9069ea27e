#include "surrealql/analyse/needed_fields.hpp"
#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/select/select_run.hpp"

#include <optional>
#include <string>
#include <utility>

namespace spooky::surrealql {
namespace {

error no_table(std::string_view table) {
  return fail(errc::not_found, "The table '" + std::string(table) + "' does not exist");
}

// Only where something may be computed it matters what the statement looks at.
std::optional<field_names> needed_of(const select_statement& select, const eval_context& context) {
  if (context.source == nullptr || context.source->definitions() == nullptr) return std::nullopt;
  return needed_fields(select);
}

result<value> read_record(const record_id& id, const std::optional<field_names>& needed,
                          const eval_context& context) {
  return needed ? context.source->get_for(id, *needed) : context.source->get(id);
}

// Scans cannot carry our results through table_source's plain visitor, so a failure waits here.
class scan_bridge {
 public:
  explicit scan_bridge(const document_visitor& visit) noexcept : visit_(visit) {}

  bool operator()(const value& row) {
    auto more = visit_(row);
    if (more.ok()) return *more;
    failure_ = std::move(more).failure();
    return false;
  }

  /// The outcome of the scan that used this: whether to go on.
  result<bool> outcome(result<void> scanned, bool completed) {
    if (failure_) return *std::move(failure_);
    if (!scanned.ok()) return std::move(scanned).failure();
    return completed;
  }

 private:
  const document_visitor& visit_;
  std::optional<error> failure_;
};

// Visits one source after the other; every method answers whether to go on.
class source_reader {
 public:
  source_reader(const select_statement& select, const eval_context& context,
                const document_visitor& visit)
      : context_(context), visit_(visit), needed_(needed_of(select, context)) {}

  result<bool> read(const expr& source) {
    if (const auto* nested = std::get_if<subquery>(&source.node)) return subselect(*nested->select);
    SPOOKY_ASSIGN(const value v, evaluate(source, context_));
    const bool written_record = std::holds_alternative<record_literal>(source.node) ||
                                std::holds_alternative<literal>(source.node) ||
                                std::holds_alternative<param>(source.node) ||
                                std::holds_alternative<call>(source.node);
    if (v.type() == value_type::table && written_record) return table(v.as_string(), value_range{});
    if (v.is_record() && written_record) return record(v.as_record());
    return values(v, std::holds_alternative<call>(source.node));
  }

 private:
  result<bool> table(std::string_view name, const value_range& keys) {
    if (!context_.source) return fail(errc::evaluation_error, "FROM needs a database");
    if (!context_.source->has_table(name)) return no_table(name);
    scan_bridge bridge(visit_);
    bool completed = true;
    const row_visitor each = [&](const value& row) {
      completed = bridge(row);
      return completed;
    };
    auto scanned = needed_ ? context_.source->scan_for(name, keys, *needed_, each)
                           : context_.source->scan(name, keys, each);
    return bridge.outcome(std::move(scanned), completed);
  }

  result<bool> record(const record_id& id) {
    if (!context_.source) return fail(errc::evaluation_error, "FROM needs a database");
    if (!context_.source->has_table(id.table)) return no_table(id.table);
    if (id.key.type() == value_type::range) return table(id.table, id.key.as_range());
    SPOOKY_ASSIGN(const value row, read_record(id, needed_, context_));
    if (row.is_none()) return true;
    return visit_(row);
  }

  result<bool> existing(const record_id& id) {
    if (!context_.source) return true;
    SPOOKY_ASSIGN(const value row, read_record(id, needed_, context_));
    budget& spent = *context_.spent;
    // Each may bring in a record of its own.
    if (!spent.spend() || !spent.hold(row.weight())) return spent.failure();
    if (row.is_none()) return true;
    return visit_(row);
  }

  result<bool> values(const value& v, bool keep_nothing) {
    if (!v.is_array()) {
      if (v.is_nullish() && !keep_nothing) return true;
      if (v.is_record() && context_.rules.has(behaviour::lists_are_records))
        return existing(v.as_record());
      return visit_(v);
    }
    for (const value& item : v.as_array()) {
      if (item.is_nullish() && !keep_nothing) continue;
      if (item.is_record() && context_.rules.has(behaviour::lists_are_records)) {
        SPOOKY_ASSIGN(const bool more, existing(item.as_record()));
        if (!more) return false;
        continue;
      }
      SPOOKY_ASSIGN(const bool more, visit_(item));
      if (!more) return false;
    }
    return true;
  }

  // A sub-query in FROM is part of the same statement: it sees the same `$parent`.
  result<bool> subselect(const select_statement& select) {
    SPOOKY_ASSIGN(eval_context inner, nested(context_));
    inner.document = nullptr;
    if (select.only) {
      SPOOKY_ASSIGN(const value row, run(select, inner));
      return visit_(row);
    }
    scan_bridge bridge(visit_);
    bool completed = true;
    auto scanned = run_streaming(select, inner, [&](const value& row) {
      completed = bridge(row);
      return completed;
    });
    return bridge.outcome(std::move(scanned), completed);
  }

  const eval_context& context_;
  const document_visitor& visit_;
  std::optional<field_names> needed_;
};

}  // namespace

result<void> visit_sources(const select_statement& select, const eval_context& context,
                           const document_visitor& visit) {
  eval_context outside = context;
  outside.document = nullptr;
  outside.row = nullptr;
  source_reader reader(select, outside, visit);
  for (const expr_ptr& source : select.from) {
    SPOOKY_ASSIGN(const bool more, reader.read(*source));
    if (!more) break;
  }
  return {};
}

result<void> visit_records(const select_statement& select, std::string_view table,
                           std::span<const record_id> ids, const eval_context& context,
                           const document_visitor& visit) {
  if (!context.source) return fail(errc::evaluation_error, "FROM needs a database");
  if (!context.source->has_table(table)) return no_table(table);
  const auto needed = needed_of(select, context);
  for (const record_id& id : ids) {
    SPOOKY_ASSIGN(const value record, read_record(id, needed, context));
    if (record.is_none()) continue;
    SPOOKY_ASSIGN(const bool more, visit(record));
    if (!more) break;
  }
  return {};
}

result<std::int64_t> count_source(const select_statement& select, const eval_context& context) {
  std::int64_t rows = 0;
  const auto visited = visit_sources(select, context, [&](const value&) -> result<bool> {
    ++rows;
    if (!context.spent->spend()) return context.spent->failure();
    return true;
  });
  if (!visited.ok()) return visited.failure();
  return rows;
}

}  // namespace spooky::surrealql
