#include "views/plan/plan_cache.hpp"

#include "surrealql/evaluate/evaluate.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

result<plan_ptr> plan_cache::get(std::string_view surql, const object& params,
                                 const surrealql::catalog& definitions) {
  if (const auto known = by_text_.find(surql); known != by_text_.end()) {
    const plan_ptr& found = known->second;
    const bool all_given =
        std::all_of(found->parameters.begin(), found->parameters.end(),
                    [&](const std::string& name) { return params.find(name) != nullptr; });
    if (!all_given) SPOOKY_TRY(surrealql::check(*found->select, params, &definitions));
    return found;
  }
  SPOOKY_ASSIGN(plan_ptr made, make_plan(surql, params, limits_, &definitions));
  std::weak_ptr<const plan>& canonical = by_canonical_[made->text];
  if (plan_ptr known = canonical.lock())
    made = std::move(known);
  else
    canonical = made;
  if (by_text_.size() >= max_texts) {
    by_text_.clear();
    std::erase_if(by_canonical_, [](const auto& entry) { return entry.second.expired(); });
  }
  by_text_.emplace(surql, made);
  return made;
}

void plan_cache::clear() {
  by_text_.clear();
  by_canonical_.clear();
}

}  // namespace spooky::views
