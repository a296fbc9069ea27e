#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace spooky::surrealql {

/// WHERE, prepared for one run over many rows: AND-ed conditions are tested one by one, long IN
/// lists by hash, and `id = x` or `id IN list` becomes a list of records to read instead of a scan.
/// The rows that pass, and the failures, are those of the condition as it is written.
class row_filter {
 public:
  /// Values in the condition that do not depend on the row are evaluated here, in `context` (which
  /// has no document). `table` is the one table that is read, or empty.
  row_filter(const expr_ptr& condition, std::string_view table, const eval_context& context);

  /// Whether `context.document` passes.
  result<bool> passes(const eval_context& context) const;

  /// The only records that can pass, in id order and without repetition; nothing: scan the table.
  const std::optional<std::vector<record_id>>& ids() const noexcept { return ids_; }

 private:
  struct condition {
    const expr* whole;
    const expr* member = nullptr;  ///< of `member IN list`, where `list` is in `list`
    std::unordered_set<value> list;
  };

  void add_parts(const expr& e);
  void find_ids(std::string_view table, const eval_context& context);
  bool take_ids(const binary& node, std::string_view table, const eval_context& context,
                bool one_record);
  void prepare_list(condition& one, const eval_context& context) const;

  std::vector<condition> conditions_;
  std::optional<std::vector<record_id>> ids_;
};

}  // namespace spooky::surrealql
