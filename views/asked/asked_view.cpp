#include "views/asked/asked_view.hpp"

#include "surrealql/values/record_order.hpp"
#include "views/maintain/diff.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

namespace {

/// What a view without an answer shows.
const asked_answer& nothing() {
  static const asked_answer none{0, value{array{}}, {}, 0};
  return none;
}

const asked_answer& of(const asked_answer_ptr& answer) { return answer ? *answer : nothing(); }

std::uint64_t own_version(const value& row, const std::string& field) {
  const auto& version = row[field];
  if (version.type() != value_type::integer || version.as_integer() < 0) return 0;
  return static_cast<std::uint64_t>(version.as_integer());
}

/// The records among an answer's rows.
class member_reader {
 public:
  member_reader(const asked_plan& plan, const asked_answer_ptr& before,
                const std::string& version_field)
      : plan_(plan), version_field_(version_field) {
    if (before)
      for (const auto& member : before->members) known_.emplace(member.id, &member);
  }

  void add(const value& row, sequence_number seq, std::vector<member>& into) {
    const auto& id = row["id"];
    if (!id.is_record() || !is_named(id.as_record())) return;
    if (!seen_.insert(id.as_record()).second) return;
    member member;
    member.id = id.as_record();
    member.row = row;
    member.version = own_version(row, version_field_);
    if (member.version == 0) {
      const auto known = known_.find(member.id);
      const bool same = known != known_.end() && identical(known->second->row, row);
      member.version = same ? known->second->version : seq.raw();
    }
    into.push_back(std::move(member));
  }

 private:
  /// A literal may name a record that the caller does not see.
  bool is_named(const record_id& id) const {
    return plan_.any_table || std::ranges::binary_search(plan_.tables, id.table);
  }

  const asked_plan& plan_;
  const std::string& version_field_;
  record_map<const member*> known_;
  record_set seen_;
};

}  // namespace

result<asked_answer_ptr> read_answer(const asked_plan& plan, value said, sequence_number seq,
                                     const asked_answer_ptr& before,
                                     const std::string& version_field, const answer_bounds& most) {
  if (rows_of(said) > most.rows)
    return fail(errc::limit_exceeded, "the database's answer has more than " +
                                          std::to_string(most.rows) +
                                          " rows (limits.view_rows); a LIMIT would help");
  if (said.weight() > most.bytes)
    return fail(errc::limit_exceeded, "the database's answer takes more than " +
                                          std::to_string(most.bytes) +
                                          " bytes (limits.view_memory_bytes)");
  auto answer = std::make_shared<asked_answer>();
  answer->seq = seq;
  answer->bytes = said.weight();
  answer->result = std::move(said);
  if (!plan.rows_are_records) return asked_answer_ptr{std::move(answer)};
  member_reader reader{plan, before, version_field};
  if (answer->result.is_array())
    for (const auto& row : answer->result.as_array()) reader.add(row, seq, answer->members);
  else
    reader.add(answer->result, seq, answer->members);
  return asked_answer_ptr{std::move(answer)};
}

view_delta asked_view::to(const asked_answer_ptr& answer, std::optional<error> failure,
                          sequence_number seq) {
  view_delta delta;
  delta.view_id = id_;
  delta.seq = seq;
  const auto &before = of(shown_), &after = of(answer);
  diff_members(before.members, after.members, delta);
  delta.healed = failure_ && !failure;
  if (delta.healed || !identical(before.result, after.result)) delta.result = after.result;
  if (failure && (failure_ != failure || says_something(delta))) delta.failed = failure;
  shown_ = answer;
  failure_ = std::move(failure);
  return delta;
}

std::optional<view_delta> asked_view::answered(const asked_answer_ptr& answer) {
  if (barred_) return std::nullopt;
  auto delta = to(answer, std::nullopt, answer->seq);
  if (!says_something(delta)) return std::nullopt;
  return delta;
}

std::optional<view_delta> asked_view::failed(const error& why, sequence_number seq) {
  if (barred_) return std::nullopt;
  auto delta = to(shown_, why, seq);
  if (!says_something(delta)) return std::nullopt;
  return delta;
}

std::optional<view_delta> asked_view::bar(const error& why, sequence_number seq) {
  barred_ = true;
  auto delta = to(nullptr, why, seq);
  if (!says_something(delta)) return std::nullopt;
  return delta;
}

view_snapshot asked_view::snapshot(sequence_number seq) const {
  view_snapshot shown;
  shown.view_id = id_;
  shown.seq = seq;
  shown.members = of(shown_).members;
  shown.result = of(shown_).result;
  shown.tells_result = true;
  shown.mode = maintenance::asked;
  shown.mode_reason = plan_->reason;
  shown.failed = failure_;
  return shown;
}

}  // namespace spooky::views
