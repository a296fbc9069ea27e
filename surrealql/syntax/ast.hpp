#pragma once

#include "surrealql/values/value.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The abstract syntax tree of one SurrealQL statement. Nodes are immutable once parsed and shared
/// (`expr_ptr`), so plans, views and evaluators hold parts of a tree without copying it.
namespace spooky::surrealql {

/// A place in the source text, 1-based for people, with the byte offset for tools.
struct position {
  std::uint32_t offset = 0;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct expr;
struct select_statement;
using expr_ptr = std::shared_ptr<const expr>;
using select_ptr = std::shared_ptr<const select_statement>;

// -- paths (SurrealDB calls them idioms) --------------------------------------------------------

/// `->`, `<-`, `<->`, and `<~`, which goes from a record to those whose REFERENCE fields name it.
enum class graph_direction : std::uint8_t { out, in, both, reference };

/// One edge or node table of a graph step, optionally narrowed to a record id range.
struct graph_target {
  std::string table;
  expr_ptr range;     ///< a range or key expression after `table:`, or null
  std::string field;  ///< of `<~(table FIELD field)`; empty: any
};

/// `->edge`, `<-edge`, `->(a, b WHERE ...)`, `->?`, `->(SELECT ... FROM edge ...)`.
struct graph_part {
  graph_direction direction = graph_direction::out;
  std::vector<graph_target> targets;  ///< empty: any table (`->?`)
  expr_ptr where;                     ///< `WHERE` inside the parentheses, or null
  expr_ptr limit, start;              ///< `LIMIT` and `START` inside the parentheses, or null
  /// `->(SELECT ... FROM targets ...)`: fields and every clause; its `from` is empty, the rows are
  /// those the step reaches in `targets`. `where`, `limit` and `start` are then set here only.
  select_ptr select;
  expr_ptr alias;  ///< `AS path` inside the parentheses, or null: the result's name
};

struct field_part {
  std::string name;
};                    ///< `.name`
struct all_part {};   ///< `[*]` or `.*`
struct last_part {};  ///< `[$]`
struct index_part {
  expr_ptr index;
};  ///< `[expr]`: number, string, range or `$param`
struct where_part {
  expr_ptr condition;
};  ///< `[WHERE expr]` or `[? expr]`
struct method_part {
  std::string name;
  std::vector<expr_ptr> arguments;
};                        ///< `.name(args)`
struct optional_part {};  ///< `.?` / `?.`: stop with NONE on NONE or NULL
struct flatten_part {};   ///< `…` or `.flatten`
struct document_part {};  ///< `@` in front: the record whose row is looked at
struct repeat_part {};    ///< `.@`: the recursion around it goes on from here

/// `.{a, b.c, d: e.f, g.{...}}`.
struct destructure_member {
  std::string name;  ///< the name in the result
  expr_ptr path;     ///< what it holds, relative to the element
  /// Written `name.*`, which is not what `name: name.*` is.
  bool spread = false;
};
struct destructure_part {
  std::vector<destructure_member> members;
};

/// `.{min..max}` or `.{n}`: repeat the path that follows (in `path`, or the rest of the idiom).
struct recurse_part {
  std::optional<std::uint32_t> min, max;
  expr_ptr path;
  std::string instruction;  ///< "", "path", "collect" or "shortest", plus "+inclusive"
  expr_ptr target;          ///< of "shortest": a record id or parameter, or null
};

using path_part = std::variant<field_part, all_part, last_part, index_part, where_part, method_part,
                               optional_part, flatten_part, document_part, repeat_part,
                               destructure_part, recurse_part, graph_part>;

// -- expressions --------------------------------------------------------------------------------

enum class unary_op : std::uint8_t { negate, plus, logical_not };

enum class binary_op : std::uint8_t {
  logical_or,
  logical_and,
  null_coalesce /* ?? */,
  truthy_coalesce /* ?: */,
  equal /* = and IS */,
  exact_equal /* == */,
  not_equal /* != and IS NOT */,
  any_equal /* ?= */,
  all_equal /* *= */,
  less,
  less_equal,
  greater,
  greater_equal,
  contains,
  contains_not,
  contains_all,
  contains_any,
  contains_none,
  inside /* IN */,
  not_inside,
  all_inside,
  any_inside,
  none_inside,
  outside,
  intersects,
  matches /* @@ : only the database can say, see parse_limits::of_database */,
  nearest /* <|k, how|> : likewise */,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  power,
};

struct literal {
  value constant;
};  ///< any literal without parts to evaluate, also an array of such
struct param {
  std::string name;
};  ///< `$name`, without the dollar
struct array_literal {
  std::vector<expr_ptr> items;
};
struct set_literal {
  std::vector<expr_ptr> items;
};
struct object_literal {
  std::vector<std::pair<std::string, expr_ptr>> members;
};
struct record_literal {
  std::string table;
  expr_ptr key;
};  ///< a record id with parts to evaluate, or (key: range_expr) a record range
struct range_expr {
  expr_ptr begin, end;          ///< null: unbounded
  bool begin_excluded = false;  ///< `>..`
  bool end_included = false;    ///< `..=`
};
/// `a.b[0]->c`: `start` null means the current document, so the first part is a field or graph
/// step.
struct path {
  expr_ptr start;
  std::vector<path_part> parts;
};
struct unary {
  unary_op op;
  expr_ptr operand;
};
struct binary {
  binary_op op;
  expr_ptr left, right;
  std::string written = {};  ///< of matches and nearest: the operator, "@1,OR@" or "<|3,40|>"
};
struct type_cast {
  std::string type;
  expr_ptr operand;
};  ///< `<int> x`; `type` in canonical text, e.g. "option<int>"
struct call {
  std::string function;
  std::vector<expr_ptr> arguments;
};  ///< lower case, `a::b`; "count" too
struct invocation {
  expr_ptr callee;
  std::vector<expr_ptr> arguments;
};  ///< `$f(1)`: what a closure in a value gives
struct constant {
  std::string name;
};  ///< `math::pi`, `time::epoch`, …
struct closure {
  std::vector<std::pair<std::string, std::string>>
      parameters;  ///< name without dollar, type text or ""
  std::string returns;
  expr_ptr body;
};
struct if_else {
  std::vector<std::pair<expr_ptr, expr_ptr>> branches;  ///< condition, result
  expr_ptr otherwise;                                   ///< or null
};
struct block {
  std::vector<expr_ptr> statements;
};  ///< `{ ...; ... }`, value of the last; LET inside
struct let_binding {
  std::string name;
  expr_ptr bound;
};  ///< only inside a block
struct return_expr {
  expr_ptr result;
};  ///< only inside a block
struct subquery {
  select_ptr select;
};  ///< `(SELECT ...)`

/// One expression. `where` is its first character, for error messages.
struct expr {
  using node_type =
      std::variant<literal, param, array_literal, set_literal, object_literal, record_literal,
                   range_expr, path, unary, binary, type_cast, call, invocation, constant, closure,
                   if_else, block, let_binding, return_expr, subquery>;
  node_type node;
  position where;
  std::uint32_t height = 1;  ///< of the tree below; the parser bounds it, so recursion is safe
};

// -- statements ---------------------------------------------------------------------------------

/// One projected field.
struct projection {
  expr_ptr value;  ///< null for `*`
  expr_ptr alias;  ///< a path (dots nest), or null: the name comes from the expression's text
  bool star() const { return value == nullptr; }
};

struct order_key {
  expr_ptr path;  ///< always a path; `rand()` is `select_statement::order_random`
  bool collate = false;
  bool numeric = false;
  bool descending = false;
};

enum class explain_mode : std::uint8_t { none, plan, full };

struct select_statement {
  bool value_only = false;  ///< SELECT VALUE x
  std::vector<projection> projections;
  std::vector<expr_ptr> omit;  ///< paths, or what names some
  bool only = false;           ///< FROM ONLY
  /// Sources in order. A bare table name is `literal` of type table; a table in a parameter or an
  /// expression is whatever it evaluates to.
  std::vector<expr_ptr> from;
  bool no_index = false;                  ///< WITH NOINDEX
  std::vector<std::string> with_indexes;  ///< WITH INDEX a, b
  expr_ptr where;
  std::vector<expr_ptr> split;  ///< paths
  bool group_all = false;
  std::vector<expr_ptr> group;  ///< paths
  std::vector<order_key> order;
  bool order_random = false;
  expr_ptr limit;
  expr_ptr start;
  std::vector<expr_ptr> fetch;  ///< paths, or what names some
  expr_ptr version;             ///< VERSION; null unless parse_limits::of_database
  expr_ptr timeout;             ///< bounds how long SurrealDB tries; has no bearing on the result
  explain_mode explain = explain_mode::none;
  position where_from;  ///< of the SELECT keyword

  bool grouped() const { return group_all || !group.empty(); }
};

struct info_statement {
  enum class target : std::uint8_t { root, ns, database, table };
  target of = target::database;
  std::string table;  ///< for target::table
  bool structure = false;
};

struct return_statement {
  expr_ptr result;
};
struct let_statement {
  std::string name;
  expr_ptr bound;
};

/// What `/proxy/query`, registration and the operator's CLI accept.
using statement = std::variant<select_ptr, info_statement, return_statement, let_statement>;

}  // namespace spooky::surrealql
