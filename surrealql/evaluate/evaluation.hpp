#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/functions/functions.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The evaluator's inside: what its source files share. Users include evaluate.hpp.
namespace spooky::surrealql {

/// RETURN leaves the enclosing statement or closure at once. It travels as an error whose value
/// waits here; whoever set the slot takes it.
struct eval_context::returned {
  bool active = false;
  value result;
};

/// A value that is borrowed where it already lies in memory and owned where it was computed.
class operand {
 public:
  operand() = default;
  explicit operand(const value* borrowed) noexcept : borrowed_(borrowed) {}
  explicit operand(value owned) noexcept : owned_(std::move(owned)) {}
  const value& get() const noexcept { return borrowed_ ? *borrowed_ : owned_; }
  value take() && noexcept {
    if (borrowed_) return *borrowed_;
    return std::move(owned_);
  }

 private:
  const value* borrowed_ = nullptr;
  value owned_;
};

// -- expressions --------------------------------------------------------------------------------

/// evaluate() from inside an evaluation: RETURN is left to the outer slot.
result<value> compute(const expr& expression, const eval_context& context);
/// Precondition of all of these: `context.spent` is set, as evaluate() and run() do.
/// compute() without copying what can be borrowed.
result<operand> compute_operand(const expr& expression, const eval_context& context);

/// The row that is being selected: what `$parent` means inside its filters and sub-queries.
const value* document_root(const eval_context& context) noexcept;

/// `$name` as it stands in the context.
const value& lookup_param(std::string_view name, const eval_context& context) noexcept;

/// The same where the database defines it for some only: whether it is shown is asked then.
result<value> compute_param(std::string_view name, const eval_context& context);
/// The param of the database that the name stands for, unless somebody gave it a value; or null.
const catalog_param* defined_param(std::string_view name, const eval_context& context) noexcept;
/// Whether it has to be asked first if who reads may see it.
bool has_to_be_permitted(const catalog_param& defined, const eval_context& context) noexcept;
/// A call of `fn::name`.
result<value> call_defined(const call& node, const position& where, const eval_context& context);

/// To be told of a comparison, or of a subtraction that failed, whose operands have read the clock;
/// it had been read so often before. If they move evenly, the outcome holds until a moment that is
/// known now, and these readings do not count.
void settle_readings(const binary& node, const value& left, const value& right,
                     std::uint64_t readings, const eval_context& context);

/// A context for the next level of nesting, or the error that ends runaway recursion.
result<eval_context> nested(const eval_context& context);

/// A sub-query for the current document: `$parent` and `$this` are the document.
result<value> run_subquery(const select_statement& select, const eval_context& context);

/// The closure a `|$x| ...` expression makes, with the bindings it can see.
value make_closure(const closure& written, const eval_context& context);
/// Calls a closure value. The document is that of `context`. What the closure has not captured it
/// looks for where `caller` is; null: nowhere.
result<value> call_closure(const value& target, std::span<const value> arguments,
                           const eval_context& context, const eval_context* caller);
/// A call of a named function, `type::field` and `type::fields` included.
result<value> compute_call(const call& node, const position& where, const eval_context& context);

/// Why a function of the library that has no body is refused.
std::string refused_function(std::string_view name);

/// What functions may ask back.
class function_bridge final : public function_context {
 public:
  explicit function_bridge(const eval_context& context) noexcept : context_(context) {}
  result<value> call_closure(const value& closure, std::span<const value> arguments) override;
  result<value> fetch(const record_id& id) override;
  bool is_edge(const value& record) const noexcept override;
  result<datetime> now() override;
  budget& spent() noexcept override { return *context_.spent; }
  semantics rules() const noexcept override { return context_.rules; }

 private:
  const eval_context& context_;
};

/// A `$this` or `$parent` in the projections of a grouped SELECT, which has no document these could
/// mean, or null.
const expr* group_document_use(const select_statement& select);
/// SurrealDB's error for it.
error group_document_error(const expr& use);

// -- paths --------------------------------------------------------------------------------------

/// The record, or NONE where it or the source is missing.
result<value> fetch_record(const record_id& id, const eval_context& context);

/// All parts of a path, from `start` on. Lists map over fields as SurrealDB's idioms do.
result<value> walk(std::span<const path_part> parts, value start, const eval_context& context);

/// The same without the mapping rules, as SurrealDB walks inside destructurings and recursions.
result<value> walk_plainly(std::span<const path_part> parts, value start,
                           const eval_context& context);

/// A run of adjacent graph steps (`->a->b`), from a record, an object with an id or a list.
result<value> walk_graph(std::span<const graph_part* const> steps, const value& start,
                         const eval_context& context);

/// `.{min..max}` over the path's remaining parts.
result<value> walk_recursion(const recurse_part& part, std::span<const path_part> rest,
                             const value& start, const eval_context& context);

}  // namespace spooky::surrealql
