#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "views/asked/asked_plan.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spooky::views {

/// What the database said to a query that is asked of it.
struct asked_answer {
  sequence_number seq = 0;  ///< it contains every change up to there, and maybe some behind
  value result;
  std::vector<member> members;  ///< the rows of it that are records, each once
  std::size_t bytes = 0;
};
using asked_answer_ptr = std::shared_ptr<const asked_answer>;

/// How large an answer may be.
struct answer_bounds {
  std::size_t rows = 1'000'000;
  std::size_t bytes = 256 * 1024 * 1024;
};

/// Makes an answer of what the database said. A record's version is what the row holds of it in
/// `version_field`; else what it was `before`, if its row is the same, else the seq. limit_exceeded
/// names the setting. O(rows).
result<asked_answer_ptr> read_answer(const asked_plan& plan, value said, sequence_number seq,
                                     const asked_answer_ptr& before,
                                     const std::string& version_field, const answer_bounds& most);

/// One view that shows what the database answers: what it shows, and what leads from one state to
/// the next. Pure.
class asked_view {
 public:
  asked_view(std::string id, asked_plan_ptr plan) : id_(std::move(id)), plan_(std::move(plan)) {}

  const asked_plan& plan() const noexcept { return *plan_; }
  /// Nothing: none has come, or it may not be shown.
  const asked_answer_ptr& shown() const noexcept { return shown_; }
  const std::optional<error>& failure() const noexcept { return failure_; }
  bool barred() const noexcept { return barred_; }
  /// Whether it has never had anything to show, nor failed.
  bool opening() const noexcept { return !shown_ && !failure_; }

  /// Each gives what clients are told, if anything is to tell. `answered` does nothing to a view
  /// that is barred.
  std::optional<view_delta> answered(const asked_answer_ptr& answer);
  /// It shows what it did, and why that is old.
  std::optional<view_delta> failed(const error& why, sequence_number seq);
  /// Its reader may not see it: it shows nothing until `allow` and the next answer.
  std::optional<view_delta> bar(const error& why, sequence_number seq);
  void allow() noexcept { barred_ = false; }

  /// The whole of it, at this position.
  view_snapshot snapshot(sequence_number seq) const;

 private:
  view_delta to(const asked_answer_ptr& answer, std::optional<error> failure, sequence_number seq);

  std::string id_;
  asked_plan_ptr plan_;
  asked_answer_ptr shown_;
  std::optional<error> failure_;
  bool barred_ = false;
};

}  // namespace spooky::views
