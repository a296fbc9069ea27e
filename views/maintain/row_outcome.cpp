#include "views/maintain/row_outcome.hpp"

#include <utility>

namespace spooky::views {

using surrealql::eval_context;

namespace {

/// The row of the document, unless that fails: then `out.more` says so.
value project(const plan& query, const eval_context& context, row_outcome& out) {
  auto row = query.steps->project(context);
  if (row.ok()) row = query.steps->finish(std::move(*row), context);
  if (row.ok()) return std::move(*row);
  out.more.failure = std::move(row).failure();
  out.more.row_failed = true;
  return value::none();
}

}  // namespace

result<void> evaluate_row(const plan& query, const eval_context& context, row_outcome& out) {
  const bool ordered = !query.order.empty();
  if (query.star) {
    out.row = *context.document;
    if (ordered) out.key = query.order.key_of(out.row);
    return {};
  }
  const auto sort_key = [&](const value& document) -> result<value> {
    if (!ordered) return value::none();
    SPOOKY_ASSIGN(array keys, query.steps->order_keys(document, context));
    return query.order.pack(std::move(keys));
  };
  if (query.select->split.empty()) {
    SPOOKY_ASSIGN(out.key, sort_key(*context.document));
    out.row = project(query, context, out);
    return {};
  }
  array rows;
  array keys;
  eval_context piece_context = context;
  SPOOKY_ASSIGN(const std::vector<value> pieces, query.steps->split(*context.document, context));
  for (const value& piece : pieces) {
    piece_context.document = &piece;
    SPOOKY_ASSIGN(value key, sort_key(piece));
    keys.push_back(std::move(key));
    rows.push_back(project(query, piece_context, out));
  }
  out.row = value(std::move(rows));
  out.key = value(std::move(keys));
  return {};
}

}  // namespace spooky::views
