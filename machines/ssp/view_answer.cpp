#include "machines/ssp/view_answer.hpp"

#include "views/hashes/digest.hpp"
#include "views/hashes/snapshot_root.hpp"

#include <algorithm>

namespace spooky::machines {

double view_cost(std::size_t rows) noexcept { return 1 + static_cast<double>(rows) / 100; }

view_answer answer_of(const view_registration& view, const views::view_snapshot& shown) {
  view_answer answer;
  answer.query = view.query;
  answer.view = view.id;
  if (view.rows) answer.rows = shown.result;
  for (const auto& member : shown.members)
    if (!member.parent) answer.members.emplace_back(member.id, member.version);
  answer.row_count = std::max(answer.members.size(), views::rows_of(shown.result));
  answer.cost = view_cost(shown.members.size());
  answer.result_hash = views::to_hex(views::content_hash(shown.result));
  answer.merkle_root = views::to_hex(views::merkle_root(shown));
  answer.seq = shown.seq;
  answer.mode = views::to_string(shown.mode);
  answer.reason = shown.mode_reason;
  if (shown.failed) answer.failure = shown.failed->message;
  return answer;
}

}  // namespace spooky::machines
