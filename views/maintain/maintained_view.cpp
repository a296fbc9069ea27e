#include "views/maintain/maintained_view.hpp"

#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/rewrite.hpp"
#include "surrealql/values/text.hpp"
#include "views/plan/expression_traits.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace spooky::views {

using surrealql::eval_context;

maintained_view::maintained_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
                                 visibility_ptr seen)
    : tables_(tables),
      plan_(std::move(plan)),
      params_(std::move(params)),
      number_(number),
      seen_(std::move(seen)) {
  if (seen_ || !plan_->star || !plan_->own_where || !plan_->clock.empty() ||
      !plan_->recompute_reason.empty())
    reading_ = std::make_unique<subquery_source>(tables_, plan_->subqueries, kept_, seen_.get());
}

void maintained_view::spend_from(surrealql::budget* budget) noexcept {
  spent_ = budget;
  if (reading_) reading_->spend_from(budget);
}

bool maintained_view::tells_result() const {
  return plan_->whole_result || plan_->select->grouped() || mode() == maintenance::recompute;
}

value maintained_view::empty_result() const {
  return plan_->select->only ? value::none() : value(array{});
}

void maintained_view::touch_row(const row_table& table, slot s) {
  for (std::size_t i = 0; i < roots_.all().size(); ++i)
    if (roots_.all()[i].table == &table) touch(roots_.root_of(s, i));
}

std::vector<std::string> maintained_view::tables() const {
  std::set<std::string> names;
  for (const source_roots::source& s : roots_.all()) names.insert(s.table->name());
  for (const path_index* index : kept_) names.insert(index->table().name());
  names.insert(plan_->tables.begin(), plan_->tables.end());
  return {names.begin(), names.end()};
}

result<void> maintained_view::bind_sources(const bound_from& from) {
  for (const bound_source& bound : from.sources) {
    row_table* table = tables_.find_table(bound.table);
    if (table == nullptr) return table_not_loaded(bound.table);
    roots_.add({table, bound.keys});
  }
  return {};
}

std::vector<std::uint32_t> maintained_view::subscribe_to_sources(
    const std::optional<access>& rows) {
  std::vector<std::uint32_t> candidates;
  const auto keep = [&](row_table& table, const field_path& path) -> path_index& {
    for (path_index* known : kept_)
      if (&known->table() == &table && known->path() == path) return *known;
    kept_.push_back(&tables_.acquire(table, path));
    return *kept_.back();
  };
  interest_is_exact_ = rows && rows->exact;
  interest_was_chosen_ = rows && rows->chosen;
  for (std::size_t i = 0; i < roots_.all().size(); ++i) {
    const source_roots::source& from = roots_.all()[i];
    const auto candidate = [&](slot s) { candidates.push_back(roots_.root_of(s, i)); };
    if (!rows) {
      tables_.views_of_all(*from.table).insert(number_);
      interests_.push_back({nullptr, nullptr, from.table, {}, nullptr});
      from.table->scan(from.keys, [&](slot s) {
        candidate(s);
        return true;
      });
      continue;
    }
    for (const access_term& term : rows->terms) {
      if (term.is_id()) {
        reads_own_id_ = true;
        interest_is_exact_ = false;
        if (!term.key.is_record() || term.key.as_record().table != from.table->name()) continue;
        const slot s = from.table->find_or_make(term.key.as_record().key);
        tables_.may_be_free(*from.table, s);
        id_roots_.push_back(roots_.root_of(s, i));
        candidate(s);
        continue;
      }
      if (term.element) {
        element_index& index = tables_.acquire_elements(*from.table, term.path.front());
        index.subscribe(term.key, number_);
        interests_.push_back({nullptr, &index, from.table, term.key, nullptr});
        index.candidates(term.key, candidate);
        continue;
      }
      path_index& index = keep(*from.table, term.path);
      if (term.range) {
        index.subscribe_range(*term.range, number_);
        interests_.push_back(
            {&index, nullptr, from.table, {}, std::make_unique<interval>(*term.range)});
        index.rows_within(*term.range, candidate);
      } else {
        index.subscribe_equal(term.key, number_);
        interests_.push_back({&index, nullptr, from.table, term.key, nullptr});
        const path_index::bucket b = index.find(term.key);
        for (const slot s : index.rows_in(b)) candidate(s);
      }
      for (const slot s : index.rows_in(path_index::unknown)) candidate(s);
    }
  }
  if (interests_.size() > 8) interest_is_exact_ = false;
  interests_.shrink_to_fit();
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

namespace {

/// The condition with what is the same for every row replaced by its value.
surrealql::expr_ptr fold_shared_parts(const surrealql::expr_ptr& condition,
                                      const eval_context& context) {
  return surrealql::rewrite(condition, [&](const surrealql::expr_ptr& part) -> surrealql::expr_ptr {
    const expression_traits traits = traits_of(*part);
    if (traits.row || traits.parent || traits.clock || !traits.reads) return nullptr;
    auto shared = surrealql::evaluate(*part, context);
    if (!shared.ok()) return nullptr;
    return std::make_shared<const surrealql::expr>(
        surrealql::expr{surrealql::literal{std::move(*shared)}, part->where});
  });
}

}  // namespace

double maintained_view::expected_share(const access_term& term) const {
  value_spread& spread = tables_.spread();
  const auto within = [&](const row_table& table) -> double {
    if (term.is_id()) return 0;
    if (term.range) return spread.share_within(table, term.path, *term.range);
    if (term.element)
      return spread.share_with_element(table, term.path.front(), term.key,
                                       tables_.find_elements(table, term.path.front()));
    return spread.share_of(table, term.path, term.key, tables_.find_index(table, term.path));
  };
  double most = 0;
  for (const source_roots::source& from : roots_.all()) most = std::max(most, within(*from.table));
  return most;
}

std::optional<access> maintained_view::rows_of_interest() {
  const surrealql::expr_ptr& where = plan_->select->where;
  const share_estimate share = [this](const access_term& term) { return expected_share(term); };
  const surrealql::moment& now = tables_.now();
  auto wanted = access_of(where, params_, now, plan_->rules, share);
  if (!seen_) return wanted;
  const auto indexable = [&](const access_term& term) {
    return term.is_id() ||
           std::all_of(roots_.all().begin(), roots_.all().end(), [&](const auto& from) {
             return reading_->may_index(*from.table, term.path);
           });
  };
  if (wanted && !std::all_of(wanted->terms.begin(), wanted->terms.end(), indexable)) wanted.reset();
  if (roots_.all().size() != 1) return wanted;
  const surrealql::table_rule& rule = seen_->rule_of(roots_.all()[0].table->name());
  if (rule.shown == surrealql::table_rule::rows::none) return access{};
  if (rule.shown == surrealql::table_rule::rows::all) return wanted;
  // `$auth.id` and the like are the same for every row, but only as long as what they read is.
  reading_->begin(nullptr, no_slot);
  eval_context context = base_context();
  context.source = &reading_->everything();
  context.params = &seen_->session();
  context.rules = plan_->rules;
  const auto condition = fold_shared_parts(rule.condition, context);
  auto shown = access_of(condition, seen_->session(), now, plan_->rules, share);
  auto reads = reading_->take_reads();
  tables_.replace_reads(reader::view_root(number_, interest_root), interest_reads_, reads);
  if (!shown) return wanted;
  shown->exact = false;
  if (!wanted) return shown;
  auto& narrower = share_of(*shown, share) < share_of(*wanted, share) ? shown : wanted;
  narrower->chosen = true;
  return std::move(narrower);
}

bool maintained_view::worth_opening_anew() {
  // An index may be built for it, so what is gained must be more than a little.
  constexpr double gain = 4;
  if (!interest_was_chosen_ || ++in_vain_ < patience_) return false;
  in_vain_ = 0;
  patience_ = std::min(2 * patience_, most_patience);
  double now = 0;
  for (const interest& i : interests_) {
    access_term term;
    if (i.elements != nullptr)
      term = {{i.elements->field()}, i.key, std::nullopt, true};
    else if (i.index != nullptr)
      term = {i.index->path(), i.key, std::nullopt};
    else
      return false;
    if (i.range) term.range = *i.range;
    now += expected_share(term);
  }
  const auto best = rows_of_interest();
  const share_estimate share = [this](const access_term& term) { return expected_share(term); };
  return best && gain * share_of(*best, share) < now;
}

bool maintained_view::may_hide_rows() const {
  return seen_ && std::any_of(roots_.all().begin(), roots_.all().end(), [&](const auto& from) {
           return seen_->restricts(from.table->name());
         });
}

void maintained_view::unsubscribe_from_sources() {
  std::vector<std::uint64_t> nothing;
  tables_.replace_reads(reader::view_root(number_, interest_root), interest_reads_, nothing);
  for (const interest& i : interests_) {
    if (i.elements != nullptr) {
      i.elements->unsubscribe(i.key, number_);
      tables_.release(*i.elements);
    } else if (i.index == nullptr)
      tables_.views_of_all(*i.table).erase(number_);
    else if (i.range)
      i.index->unsubscribe_range(*i.range, number_);
    else
      i.index->unsubscribe_equal(i.key, number_);
  }
  interests_.clear();
  for (path_index* index : kept_) tables_.release(*index);
  kept_.clear();
}

value maintained_view::describe_interest() const {
  array out;
  const auto end = [](const interval_end& e, bool low) -> std::string {
    if (e.type == interval_end::kind::unbounded) return {};
    const bool included = e.type == interval_end::kind::included;
    return std::string(low ? (included ? " >= " : " > ") : (included ? " <= " : " < ")) +
           surrealql::to_text(e.at);
  };
  for (const interest& i : interests_) {
    if (out.size() == 100) {
      out.emplace_back(std::to_string(interests_.size() - 100) + " more");
      break;
    }
    if (i.elements != nullptr)
      out.emplace_back(i.table->name() + "." + i.elements->field() + " CONTAINS " +
                       surrealql::to_text(i.key));
    else if (i.index == nullptr)
      out.emplace_back("every row of " + i.table->name());
    else if (i.range)
      out.emplace_back(i.table->name() + "." + to_string(i.index->path()) +
                       end(i.range->low, true) + end(i.range->high, false));
    else
      out.emplace_back(i.table->name() + "." + to_string(i.index->path()) + " = " +
                       surrealql::to_text(i.key));
  }
  for (const std::uint32_t root : id_roots_)
    out.emplace_back("record " + surrealql::to_text(roots_.id_of(root)));
  return value(std::move(out));
}

eval_context maintained_view::base_context() const {
  eval_context context;
  context.source = reading_.get();
  if (reading_) context.at = &reading_->at();
  context.params = &params_;
  context.spent = spent_;
  context.rules = plan_->rules;
  return context;
}

eval_context maintained_view::context_for(std::uint32_t root) const {
  eval_context context = base_context();
  context.document = &roots_.row_of(root).record;
  const row_table* table = roots_.source_of(root).table;
  if (reading_) reading_->begin(table, roots_.slot_of(root));
  if (reading_ && reading_->restricts(table->name())) {
    auto shown =
        reading_->see(*context.document, table->name(), plan_->needed ? &*plan_->needed : nullptr);
    not_judged_.reset();
    if (!shown.ok()) not_judged_ = shown.failure();
    document_ = shown.ok() ? std::move(*shown) : value::none();
    context.document = &document_;
  }
  return context;
}

result<bool> maintained_view::passes(std::uint32_t root, const eval_context& context) const {
  const source_roots::source& from = roots_.source_of(root);
  const stored_row& row = roots_.row_of(root);
  if (row.record.is_none() || !in_range(row.key, from.keys)) return false;
  if (context.document == &document_) {
    if (not_judged_) return *not_judged_;
    if (document_.is_none()) return false;
  }
  if (plan_->select->where == nullptr) return true;
  if (interest_is_exact_ && context.document != &document_) {
    for (const interest& i : interests_) {
      if (i.table != from.table) continue;
      const value& v = row.record[i.index->path().front()];
      if (v.type() == value_type::regex) return surrealql::holds(*plan_->select->where, context);
      if (i.range ? i.range->contains(v) : v == i.key) return true;
    }
    return false;
  }
  return surrealql::holds(*plan_->select->where, context);
}

error maintained_view::explain_failure(error e, std::uint32_t root,
                                       const eval_context& context) const {
  if (spent_->exhausted()) return spent_->failure();
  // Nothing of a row is told to whom it may have to be hidden from.
  if (context.document == &document_ && not_judged_) return e;
  const surrealql::select_statement& select = *plan_->select;
  const auto fails = [&](const surrealql::expr_ptr& expression) {
    return expression != nullptr && !surrealql::evaluate(*expression, context).ok();
  };
  std::string place;
  if (fails(select.where)) {
    place = "WHERE " + surrealql::print(*select.where);
  } else {
    for (const surrealql::projection& p : select.projections)
      if (place.empty() && fails(p.value)) place = surrealql::print(*p.value);
  }
  e.message = surrealql::to_text(roots_.id_of(root)) + ": " + e.message;
  if (!place.empty()) e.message += " (in " + place + ")";
  return e;
}

std::vector<std::uint32_t>& maintained_view::take_touched() {
  taken_.swap(touched_);
  touched_.clear();
  if (taken_.size() > 1) {
    std::sort(taken_.begin(), taken_.end());
    taken_.erase(std::unique(taken_.begin(), taken_.end()), taken_.end());
  }
  return taken_;
}

}  // namespace spooky::views
