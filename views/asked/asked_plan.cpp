#include "views/asked/asked_plan.hpp"

#include "surrealql/analyse/analyse.hpp"
#include "surrealql/syntax/lexer.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/walk.hpp"
#include "views/asked/asked_words.hpp"
#include "views/plan/expression_traits.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace spooky::views {
namespace {

using namespace surrealql;

/// Refused where they would be evaluated, and only compute: by an index, or for long.
constexpr std::array<std::string_view, 16> computing{"crypto::argon2::compare",
                                                     "crypto::bcrypt::compare",
                                                     "crypto::pbkdf2::compare",
                                                     "crypto::scrypt::compare",
                                                     "search::analyze",
                                                     "search::highlight",
                                                     "search::linear",
                                                     "search::offsets",
                                                     "search::rrf",
                                                     "search::score",
                                                     "string::html::sanitize",
                                                     "string::similarity::fuzzy",
                                                     "string::similarity::smithwaterman",
                                                     "value::diff",
                                                     "value::patch",
                                                     "vector::distance::knn"};

/// These look at what lies outside of the tables, and write nothing there.
constexpr std::array<std::string_view, 3> reaching{"http::get", "http::head",
                                                   "schema::table::exists"};

constexpr std::array<std::string_view, 4> of_the_session{"access", "auth", "session", "token"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool holds_closure(const value& v) {
  if (v.type() == value_type::closure) return true;
  if (v.is_array() || v.type() == value_type::set)
    return std::ranges::any_of(v.as_array(), holds_closure);
  return v.is_object() && std::ranges::any_of(v.as_object(), [](const auto& member) {
           return holds_closure(member.second);
         });
}

/// Receivers of methods: a method is known if any of them has it.
constexpr std::array receivers{value_type::none,     value_type::string,   value_type::integer,
                               value_type::array,    value_type::object,   value_type::record,
                               value_type::datetime, value_type::duration, value_type::bytes,
                               value_type::geometry, value_type::set};

/// Walks a statement that the parser reads and keeps the first thing that stands against asking.
class reader {
 public:
  reader(const object& params, asked_plan& into) : params_(params), plan_(into) {}

  void statement(const select_statement& select) {
    // What refused it says it all.
    if (select.order_random || select.explain != explain_mode::none) against({});
    plan_.groups_all = plan_.groups_all || select.group_all;
    for_each_child(select, below_);
  }

  const std::optional<std::string>& obstacle() const noexcept { return obstacle_; }

 private:
  void against(std::string what) {
    if (!obstacle_) obstacle_ = std::move(what);
  }

  void expression(const expr& e) {
    if (obstacle_) return;
    if (const auto* named = std::get_if<param>(&e.node)) parameter(named->name);
    if (const auto* node = std::get_if<call>(&e.node)) function(node->function, node->arguments);
    if (const auto* node = std::get_if<constant>(&e.node); node && !find_constant(node->name))
      against("the constant " + node->name + " is not known here");
    if (std::holds_alternative<invocation>(e.node)) against("it calls what a value holds");
    if (const auto* node = std::get_if<path>(&e.node))
      for (const path_part& part : node->parts)
        if (const auto* called = std::get_if<method_part>(&part)) method(*called);
    const std::size_t outside = bound_.size();
    if (const auto* node = std::get_if<closure>(&e.node))
      for (const auto& [name, type] : node->parameters) bound_.push_back(name);
    for_each_child(e, below_);
    if (const auto* node = std::get_if<let_binding>(&e.node))
      bound_.push_back(node->name);  // for the statements behind it in its block
    else
      bound_.resize(outside);
  }

  void parameter(const std::string& name) {
    if (name == "this" || name == "self" || name == "parent" || among(bound_, name)) return;
    if (among(of_the_session, name)) return against("$" + name + " would be ours");
    const value* given = params_.find(name);
    if (given == nullptr) return against("the parameter $" + name + " has no value");
    if (holds_closure(*given)) return against("$" + name + " holds a function");
    plan_.params.set(name, *given);
  }

  void function(const std::string& name, const std::vector<expr_ptr>& arguments) {
    if (name.starts_with("fn::")) return against(name + "() may do anything");
    if (name == "type::field" || name == "type::fields" || among(computing, name)) return;
    if (among(reaching, name)) return plan_.outward.push_back(name);
    const function_entry* known = find_function(name);
    if (known == nullptr) return against(name + "() is not known here");
    if (reads_clock(*known, arguments.size()))
      return against(name + "() looks at the clock, and nobody is asked because time passes");
    if (known->kind == determinism::refused || known->kind == determinism::per_registration)
      against(name + "() may write, wait or give something else each time");
  }

  /// Its receiver is its first argument, so that none asks for the moment.
  void method(const method_part& called) {
    bool known = false;
    for (const value_type of : receivers) {
      const function_entry* entry = find_method(of, called.name);
      if (entry == nullptr) continue;
      known = true;
      const bool computes = entry->kind == determinism::pure ||
                            entry->kind == determinism::reads_records ||
                            entry->kind == determinism::clock_by_default;
      if (!computes && !among(computing, entry->name))
        against("the method " + called.name + "() may give something else each time");
    }
    if (!known) against("the method " + called.name + "() is not known here");
  }

  const object& params_;
  asked_plan& plan_;
  std::vector<std::string> bound_;
  std::optional<std::string> obstacle_;
  child_visitor below_{[this](const expr& e) { expression(e); },
                       [this](const select_statement& s) { statement(s); }};
};

/// Whether evaluating it looks at other records than the row's: errs on the side of true.
bool looks_elsewhere(const expr& e) {
  const auto* called = std::get_if<call>(&e.node);
  if (called == nullptr || !among(computing, called->function)) return traits_of(e).reads;
  return std::ranges::any_of(called->arguments,
                             [](const expr_ptr& argument) { return looks_elsewhere(*argument); });
}

bool is_table_or_record(const expr& source) {
  if (std::holds_alternative<record_literal>(source.node)) return !traits_of(source).reads;
  const auto* fixed = std::get_if<literal>(&source.node);
  return fixed != nullptr &&
         (fixed->constant.type() == value_type::table || fixed->constant.is_record());
}

/// Whether all it looks at is rows of the tables that FROM names.
bool looks_at_from_alone(const select_statement& select) {
  if (!select.fetch.empty()) return false;
  if (!std::ranges::all_of(select.from, [](const expr_ptr& e) { return is_table_or_record(*e); }))
    return false;
  bool alone = true;
  for_each_child(select, {[&](const expr& part) { alone = alone && !looks_elsewhere(part); },
                          [&](const select_statement&) { alone = false; }});
  return alone;
}

error against_asking(const error& why, const std::string& what) {
  return fail(why.code, why.message + "; nor can the database be asked: " + what);
}

error not_for_users(const asked_plan& plan, const std::string& what) {
  return against_asking(fail(plan.refused_as, plan.reason),
                        what + ", and it would answer as to a system user");
}

bool hides(const select_rules& rules, const std::string& table) {
  const auto rule = rules.tables().find(table);
  return rule == rules.tables().end() || rule->second.restricts();
}

/// A computed field is computed with the row, and may look anywhere.
bool computes_in(const asked_plan& plan, const catalog& definitions) {
  return std::ranges::any_of(plan.tables, [&](const std::string& name) {
    const auto* table = definitions.table(name);
    return table != nullptr && !table->computed.empty();
  });
}

bool begins_with_select(std::string_view text) {
  lexer tokens(text);
  const auto first = tokens.next();
  return first.ok() && first->word == keyword::select;
}

}  // namespace

result<asked_plan> asked_plan_of(std::string_view text, const object& params, const error& why,
                                 const parse_limits& limits) {
  if (why.code != errc::unsupported && why.code != errc::parse_error) return why;
  parse_limits wider = limits;
  wider.of_database = true;
  asked_plan plan;
  plan.reason = why.message;
  plan.refused_as = why.code;
  const auto parsed = parse_select(text, wider);
  if (!parsed.ok()) {
    if (!begins_with_select(text)) return why;
    if (parsed.failure().code == errc::limit_exceeded) return parsed.failure();
    SPOOKY_ASSIGN(auto words, asked_words_of(text, against_asking(why, {})));
    for (const auto& name : words.parameters) {
      const value* given = params.find(name);
      if (given == nullptr) return against_asking(why, "the parameter $" + name + " has no value");
      if (holds_closure(*given)) return against_asking(why, "$" + name + " holds a function");
      plan.params.set(name, *given);
    }
    plan.text = std::string(text);
    plan.tables = std::move(words.names);
    plan.outward = std::move(words.outward);
    plan.read = false;
    plan.any_table = true;
    return plan;
  }
  const select_statement& select = **parsed;
  reader look(params, plan);
  look.statement(select);
  if (look.obstacle())
    return look.obstacle()->empty() ? why : against_asking(why, *look.obstacle());
  select_statement unlimited = select;
  unlimited.timeout = nullptr;  // whoever asks has a limit of his own
  plan.text = print(unlimited);
  plan.tables = tables_read(select, plan.params);
  plan.any_table = !looks_at_from_alone(select);
  plan.rows_are_records = !select.grouped() && select.split.empty() && !select.value_only;
  return plan;
}

result<void> may_be_asked(const asked_plan& plan, const caller& who, const select_rules& rules,
                          const catalog& definitions) {
  if (who.system) return {};
  if (!plan.read) return not_for_users(plan, "it is not known what all of it does");
  if (!plan.outward.empty())
    return not_for_users(plan, plan.outward.front() + "() reaches outside");
  // Over no rows it answers users something else.
  if (plan.groups_all) return not_for_users(plan, "of no rows GROUP ALL makes something else then");
  if (plan.tables.empty()) return not_for_users(plan, "it names no table");
  for (const auto& table : plan.tables)
    if (hides(rules, table))
      return not_for_users(
          plan, "PERMISSIONS FOR select of table " + table + " or of its fields are not FULL");
  if (!plan.any_table && !computes_in(plan, definitions)) return {};
  // Their names may be nothing that he knows.
  for (const auto& [table, rule] : rules.tables())
    if (rule.restricts())
      return not_for_users(plan,
                           "it may look at any table, and PERMISSIONS FOR select of one that "
                           "it does not name are not FULL");
  return {};
}

result<std::vector<std::string>> tables_behind(const asked_plan& plan, const select_rules& rules,
                                               const catalog& definitions) {
  std::vector<std::string> behind;
  for (const auto& table : plan.tables) {
    const bool defined = rules.tables().contains(table);
    if (defined) behind.push_back(table);
    if (!defined && plan.read)
      return fail(errc::not_found, "no table " + table + " is defined, or not known of here yet");
  }
  if (behind.empty())
    return against_asking(fail(plan.refused_as, plan.reason), "it names no table that is defined");
  if (!plan.any_table && !computes_in(plan, definitions)) return behind;
  behind.clear();
  for (const auto& [table, rule] : rules.tables()) behind.push_back(table);
  return behind;
}

bool may_be_asked(const function_entry& function) noexcept {
  return among(computing, function.name) || among(reaching, function.name);
}

}  // namespace spooky::views
