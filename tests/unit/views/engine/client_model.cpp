#include "client_model.hpp"

#include "surrealql/values/text.hpp"
#include "views/results/identical.hpp"

#include <algorithm>

using namespace spooky;
using namespace spooky::views;

namespace {

std::vector<record_id> main_rows(const view_snapshot& s) {
  std::vector<record_id> out;
  for (const member& m : s.members)
    if (!m.parent) out.push_back(m.id);
  return out;
}

std::string name(const member& m) {
  return m.path + "/" + (m.parent ? surrealql::to_text(*m.parent) : "") + "/" +
         surrealql::to_text(m.id);
}

}  // namespace

client_model::client_model(const view_snapshot& first) : failed_(first.failed) {
  for (const member& m : first.members) members_[key_of(m)] = {m.version, m.row};
  order_ = main_rows(first);
  result_ = first.result;
}

std::string client_model::apply(const view_delta& delta) {
  if (delta.failed) {
    failed_ = delta.failed;
    if (!delta.added.empty() || !delta.updated.empty()) return "a failing delta shows rows";
    for (const member& m : delta.removed) {
      if (members_.erase(key_of(m)) == 0) return "removed what was not there: " + name(m);
      if (!m.parent) std::erase(*order_, m.id);
    }
    if (delta.result) result_ = delta.result;
    return {};
  }
  if (failed_ && !delta.healed) return "changes while failing, but not healed";
  if (!failed_ && delta.healed) return "healed without having failed";
  failed_.reset();
  for (const member& m : delta.removed) {
    if (members_.erase(key_of(m)) == 0) return "removed what was not there: " + name(m);
    if (!m.row.is_none()) return "removed with content: " + name(m);
    if (!m.parent) std::erase(*order_, m.id);
  }
  for (const member& m : delta.added) {
    if (!members_.emplace(key_of(m), known{m.version, m.row}).second)
      return "added what was there: " + name(m);
    if (!m.parent) order_->push_back(m.id);
  }
  for (const member& m : delta.updated) {
    const auto found = members_.find(key_of(m));
    if (found == members_.end()) return "updated what was not there: " + name(m);
    if (found->second.version == m.version && identical(found->second.row, m.row))
      return "updated without a difference: " + name(m);
    found->second = {m.version, m.row};
  }
  if (delta.order) {
    std::vector<record_id> before = *order_;
    std::vector<record_id> after = *delta.order;
    if (before == after && delta.added.empty()) return "order without a change";
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    if (before != after) return "order lists other rows than the view has";
    order_ = delta.order;
  }
  if (delta.result) result_ = delta.result;
  return {};
}

std::string client_model::compare(const view_snapshot& now) const {
  if (failed_.has_value() != now.failed.has_value())
    return now.failed ? "failing unnoticed: " + now.failed->message : "healed unnoticed";
  if (failed_ && failed_->message != now.failed->message) return "other failure";
  std::map<key, known> expected;
  for (const member& m : now.members) expected[key_of(m)] = {m.version, m.row};
  if (expected.size() != members_.size())
    return "client has " + std::to_string(members_.size()) + " members, view " +
           std::to_string(expected.size());
  for (const auto& [k, v] : expected) {
    const auto found = members_.find(k);
    const std::string id = std::get<0>(k) + "/" + surrealql::to_text(std::get<2>(k));
    if (found == members_.end()) return "client lacks " + id;
    if (found->second.version != v.version) return "other version of " + id;
    if (!identical(found->second.row, v.row)) return "other content of " + id;
  }
  return {};
}
