#include "views/maintain/row_view.hpp"

#include "surrealql/select/stages.hpp"
#include "views/maintain/diff.hpp"
#include "views/maintain/select_rows.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

using surrealql::eval_context;

namespace {

/// Beyond this window a refilled buffer saves nothing over keeping all rows in order.
constexpr std::size_t largest_refilled_window = 10'000;

/// How many rows a refilled view keeps at most; refilling is due again after as many removals.
constexpr std::size_t buffer_of(std::size_t window) { return 2 * (window + 16); }

}  // namespace

row_view::row_view(store& tables, plan_ptr plan, object params, std::uint32_t number)
    : maintained_view(tables, std::move(plan), std::move(params), number) {}

row_view::~row_view() = default;

bool row_view::by_order::operator()(const std::pair<value, std::uint32_t>& a,
                                    const std::pair<value, std::uint32_t>& b) const {
  if (const auto c = view->plan_->order.compare(a.first, b.first); c != 0) return c < 0;
  return view->root_before(a.second, b.second);
}

// -- opening and closing --------------------------------------------------------------------------

bool row_view::can_be_refilled() const {
  return plan_->star && plan_->own_where && plan_->windowed && sources_.size() == 1 &&
         sources_[0].keys == value_range{} &&
         (plan_->order.empty() || !plan_->order.own_fields().empty()) &&
         limit_ <= largest_refilled_window && start_ <= largest_refilled_window;
}

result<void> row_view::open(std::size_t max_rows) {
  const bound_from from = bind_from(*plan_, params_);
  SPOOKY_TRY(bind_sources(from));
  const bool splits = !plan_->select->split.empty();
  if (plan_->windowed) {
    SPOOKY_ASSIGN(const surrealql::window window,
                  surrealql::window_of(*plan_->select, base_context()));
    start_ = window.start;
    limit_ = window.limit;
  }
  if (!splits && (plan_->windowed || ordered()))
    sequence_ = std::make_unique<sequence>(by_order{this});

  const std::optional<access> rows = access_of(plan_->select->where, params_);
  const bool refilled = can_be_refilled() && !(rows && rows->keyed()) && open_refilled(rows);
  if (!refilled) {
    for (const std::uint32_t root : subscribe_to_sources(rows)) {
      outcome o = evaluate(root);
      if (o.more.failure && o.more.failure->code == errc::not_ready)
        return std::move(*o.more.failure);
      apply(std::move(o), std::nullopt);
      if (members_ > max_rows)
        return fail(errc::limit_exceeded, "The query has more than " + std::to_string(max_rows) +
                                              " rows; narrow its WHERE");
    }
  }
  if (plan_->windowed && sequenced()) published_ = visible_roots();
  note_failures();
  if (failure_) frozen_ = std::make_unique<frozen>();
  return {};
}

bool row_view::known_to_be_few(const access& rows) const {
  std::size_t found = 0;
  for (const access_term& term : rows.terms) {
    const auto& indexes = tables_.path_indexes(*sources_[0].table);
    const auto index = std::find_if(indexes.begin(), indexes.end(),
                                    [&](const path_index* i) { return i->path() == term.path; });
    if (index == indexes.end()) return false;
    if (term.range) {
      (*index)->rows_within(*term.range, [&](slot) { ++found; });
    } else if (const auto b = (*index)->find(term.key); b != path_index::no_bucket) {
      found += (*index)->rows_in(b).size();
    }
  }
  return found <= buffer_of(start_ + limit_);
}

bool row_view::open_refilled(const std::optional<access>& rows) {
  if (rows && known_to_be_few(*rows)) return false;
  refill_ = &tables_.acquire(*sources_[0].table, plan_->order);
  complete_ = false;
  refill(std::nullopt);
  if (!complete_ || !rows) {
    subscribe_to_bound();
    return true;
  }
  // All rows that match fit: a view that waits for them by its range hears of these only, while one
  // at the end of the order would hear of every change.
  tables_.release(*refill_);
  refill_ = nullptr;
  sequence_ = std::make_unique<sequence>(by_order{this});
  by_root_.clear();
  entries_.clear();
  free_.clear();
  members_ = 0;
  return false;
}

void row_view::close() {
  std::vector<std::uint64_t> nothing;
  for (entry& e : entries_)
    if (e.more) {
      nothing.clear();
      tables_.replace_reads(reader::view_root(number_, e.root), e.more->reads, nothing);
    }
  unsubscribe_from_sources();
  if (refill_ != nullptr) {
    unsubscribe_from_bound();
    tables_.release(*refill_);
    refill_ = nullptr;
  }
}

// -- one root -------------------------------------------------------------------------------------

value row_view::project(outcome& out, const eval_context& context) const {
  auto row = plan_->steps->project(context);
  if (row.ok()) row = plan_->steps->finish(std::move(*row), context);
  if (row.ok()) return std::move(*row);
  out.more.failure = std::move(row).failure();
  out.more.row_failed = true;
  return value::none();
}

result<void> row_view::evaluate_row(outcome& out, const eval_context& context) const {
  if (plan_->star) {
    out.row = *context.document;
    if (ordered()) out.key = plan_->order.key_of(out.row);
    return {};
  }
  const auto sort_key = [&](const value& document) -> result<value> {
    if (!ordered()) return value::none();
    SPOOKY_ASSIGN(array keys, plan_->steps->order_keys(document, context));
    return plan_->order.pack(std::move(keys));
  };
  if (plan_->select->split.empty()) {
    SPOOKY_ASSIGN(out.key, sort_key(*context.document));
    out.row = project(out, context);
    return {};
  }
  array rows;
  array keys;
  eval_context piece_context = context;
  for (const value& piece : plan_->steps->split(*context.document)) {
    piece_context.document = &piece;
    SPOOKY_ASSIGN(value key, sort_key(piece));
    keys.push_back(std::move(key));
    rows.push_back(project(out, piece_context));
  }
  out.row = value(std::move(rows));
  out.key = value(std::move(keys));
  return {};
}

row_view::outcome row_view::evaluate(std::uint32_t root) const {
  outcome out;
  out.root = root;
  out.version = row_of(root).version;
  const eval_context context = context_for(root);
  const result<bool> passing = passes(root, context);
  result<void> evaluated;
  if (passing.ok() && *passing) evaluated = evaluate_row(out, context);
  if (reading_) {
    out.more.reads = reading_->take_reads();
    out.more.related = reading_->take_related();
  }
  if (reads_own_id_)
    out.more.reads.push_back(read::record(source_of(root).table->number(), slot_of(root)).bits());
  if (!passing.ok() || !evaluated.ok()) {
    out.more.failure = passing.ok() ? evaluated.failure() : passing.failure();
    out.more.row_failed = false;
  }
  if (out.more.failure) {
    out.more.failure = explain_failure(std::move(*out.more.failure), root, context);
    out.more.related.clear();
  }
  out.member = passing.ok() && *passing && evaluated.ok();
  if (!out.member) out.more.related.clear();
  return out;
}

row_view::entry* row_view::find(std::uint32_t root) {
  const std::uint32_t at =
      by_root_.find(root, [&](std::uint32_t i) { return entries_[i].root == root; });
  return at == flat_index::absent ? nullptr : &entries_[at];
}

const row_view::entry* row_view::find(std::uint32_t root) const {
  return const_cast<row_view*>(this)->find(root);
}

row_view::entry& row_view::find_or_make(std::uint32_t root) {
  if (entry* known = find(root)) return *known;
  std::uint32_t at = static_cast<std::uint32_t>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
  } else {
    at = free_.back();
    free_.pop_back();
  }
  entries_[at].root = root;
  by_root_.insert(root, at);
  return entries_[at];
}

void row_view::forget(entry& e) {
  const auto at = static_cast<std::uint32_t>(&e - entries_.data());
  by_root_.erase(e.root, at);
  e = entry{};
  free_.push_back(at);
}

row_view::transition row_view::apply(outcome o, const std::optional<order_entry>& bound) {
  transition t;
  t.root = o.root;
  if (bound && o.member && refill_->less()(*bound, order_entry{o.key, slot_of(o.root)}))
    o.member = false;
  entry* e = find(o.root);
  const bool stays = o.member || !o.more.reads.empty() || o.more.failure;
  if (e == nullptr && !stays) return t;
  if (e == nullptr) e = &find_or_make(o.root);

  t.was = e->member;
  t.is = o.member;
  const bool moves = sequenced() && (t.was != t.is || (t.is && !identical(o.key, e->key)));
  if (moves && t.was) sequence_->erase({e->key, e->root});
  if (moves && t.is) sequence_->insert({o.key, o.root});
  members_ += static_cast<std::size_t>(t.is);
  members_ -= static_cast<std::size_t>(t.was);
  t.differs = t.was && t.is && (e->version != o.version || !identical(e->row, o.row));

  const bool was_failing = e->more && e->more->failure;
  if (was_failing && !o.more.failure) std::erase(failing_, o.root);
  if (!was_failing && o.more.failure) failing_.push_back(o.root);

  if (e->more || !o.more.reads.empty() || !o.more.related.empty() || o.more.failure) {
    if (!e->more) e->more = std::make_unique<details>();
    tables_.replace_reads(reader::view_root(number_, o.root), e->more->reads, o.more.reads);
    t.related_before = std::exchange(e->more->related, std::move(o.more.related));
    e->more->failure = std::move(o.more.failure);
    e->more->row_failed = o.more.row_failed;
  }
  e->member = o.member;
  e->row = o.member ? std::move(o.row) : value::none();
  e->key = o.member ? std::move(o.key) : value::none();
  e->version = o.version;
  if (!stays) forget(*e);
  return t;
}

// -- the first rows, refilled from a shared order index
// --------------------------------------------

std::optional<order_entry> row_view::bound() const {
  if (refill_ == nullptr || complete_) return std::nullopt;
  const auto& [key, root] = sequence_->back();
  return order_entry{key, slot_of(root)};
}

void row_view::refill(const std::optional<order_entry>& after) {
  const std::size_t window = start_ + limit_;
  const std::size_t target = buffer_of(window);
  if (!complete_ && sequence_->size() < std::max<std::size_t>(window, 1)) {
    complete_ = true;
    refill_->visit_after(after, [&](const order_entry& next) {
      outcome o = evaluate(next.row);
      if (o.member) apply(std::move(o), std::nullopt);
      complete_ = sequence_->size() < target;
      return complete_;
    });
  }
  if (sequence_->size() <= target) return;
  std::vector<std::uint32_t> beyond;
  const std::size_t keep = target - window / 2;
  sequence_->visit_from_rank(keep, [&](const auto& e) {
    beyond.push_back(e.second);
    return true;
  });
  sequence_->pop_back(beyond.size());
  for (const std::uint32_t root : beyond) forget(*find(root));
  members_ -= beyond.size();
  complete_ = false;
}

void row_view::subscribe_to_bound() {
  subscribed_bound_ = bound();
  refill_->subscribe(subscribed_bound_, number_);
}

void row_view::unsubscribe_from_bound() { refill_->unsubscribe(subscribed_bound_, number_); }

// -- reading the state ----------------------------------------------------------------------------

std::vector<std::uint32_t> row_view::members_by_id() const {
  std::vector<std::uint32_t> out;
  out.reserve(members_);
  for (const entry& e : entries_)
    if (e.member) out.push_back(e.root);
  std::sort(out.begin(), out.end(),
            [&](std::uint32_t a, std::uint32_t b) { return root_before(a, b); });
  return out;
}

std::vector<std::uint32_t> row_view::visible_roots() const {
  if (!sequenced()) return members_by_id();
  std::vector<std::uint32_t> out;
  if (limit_ == 0) return out;
  sequence_->visit_from_rank(start_, [&](const auto& e) {
    out.push_back(e.second);
    return out.size() < limit_;
  });
  return out;
}

void row_view::append_member(std::uint32_t root, std::vector<member>& out) const {
  const entry& e = *find(root);
  member m;
  m.id = id_of(root);
  m.version = e.version;
  m.row = e.row;
  out.push_back(std::move(m));
  if (!e.more) return;
  for (const related_row& row : e.more->related) out.push_back(as_member(row, true));
}

void row_view::append_removed(std::uint32_t root, const std::vector<related_row>& related,
                              std::vector<member>& out) const {
  member m;
  m.id = id_of(root);
  m.version = row_of(root).version;
  out.push_back(std::move(m));
  for (const related_row& row : related) out.push_back(as_member(row, false));
}

std::vector<member> row_view::visible_members() const {
  std::vector<member> out;
  if (!plan_->select->split.empty()) return out;
  for (const std::uint32_t root : visible_roots()) append_member(root, out);
  return out;
}

std::vector<record_id> row_view::visible_order() const {
  std::vector<record_id> out;
  for (const std::uint32_t root : visible_roots()) out.push_back(id_of(root));
  return out;
}

array row_view::split_rows() const {
  std::vector<std::pair<value, value>> rows;  // sort key, row
  for (const std::uint32_t root : members_by_id()) {
    const entry& e = *find(root);
    for (std::size_t i = 0; i < e.row.as_array().size(); ++i)
      rows.emplace_back(e.key.as_array()[i], e.row.as_array()[i]);
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    return plan_->order.compare(a.first, b.first) < 0;
  });
  array out;
  out.reserve(rows.size());
  for (auto& [key, row] : rows) out.push_back(std::move(row));
  return out;
}

result<value> row_view::whole_result() const {
  array rows;
  if (!plan_->select->split.empty())
    rows = split_rows();
  else
    for (const std::uint32_t root : visible_roots()) rows.push_back(find(root)->row);
  return shape_result(*plan_->select, std::move(rows));
}

bool row_view::failure_counts(std::uint32_t root) const {
  if (!plan_->windowed) return true;
  if (limit_ == 0) return false;
  if (find(root)->more->row_failed)
    return std::find(published_.begin(), published_.end(), root) != published_.end();
  // Ordering looks at every row; without it SurrealDB stops at the window's last row.
  return ordered() || published_.size() < limit_ || root_before(root, published_.back());
}

void row_view::note_failures() {
  failure_.reset();
  std::optional<std::uint32_t> first;
  for (const std::uint32_t root : failing_)
    if (failure_counts(root) && (!first || root_before(root, *first))) first = root;
  if (first) failure_ = find(*first)->more->failure;
}

void row_view::snapshot(view_snapshot& out) const {
  if (failure_) {
    out.failed = failure_;
    if (frozen_) out.members = frozen_->members;
    return;
  }
  out.members = visible_members();
  auto whole = whole_result();
  if (whole.ok())
    out.result = std::move(*whole);
  else
    out.failed = std::move(whole).failure();
}

object row_view::describe() const {
  object out;
  array operators;
  const auto add = [&](const char* name, std::size_t size) {
    object o;
    o.set("operator", name);
    o.set("state", static_cast<std::int64_t>(size));
    operators.emplace_back(std::move(o));
  };
  std::size_t reads = 0;
  std::size_t related = 0;
  for (const entry& e : entries_) {
    if (!e.more) continue;
    reads += e.more->reads.size();
    related += e.more->related.size();
  }
  if (plan_->select->where != nullptr) add("filter", members_);
  if (!plan_->star) add("project", members_);
  if (reads != 0) add("dereference", reads);
  if (related != 0) add("related", related);
  if (!plan_->select->split.empty()) add("split", members_);
  if (sequenced()) add(refill_ != nullptr ? "top_k" : "order", sequence_->size());
  out.set("operators", value(std::move(operators)));
  if (refill_ != nullptr)
    out.set("interest", value("rows up to a bound in the order " +
                              (ordered() ? plan_->order.text() : std::string("id"))));
  else
    out.set("interest", describe_interest());
  out.set("rows", static_cast<std::int64_t>(members_));
  return out;
}

}  // namespace spooky::views
