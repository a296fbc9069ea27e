#include "surrealql/values/value.hpp"

#include <algorithm>

namespace spooky {
namespace {

/// Up to this size a scan that compares lengths first beats a binary search.
constexpr std::size_t scan_limit = 8;

template <class Members>
auto lower_bound_of(Members& members, std::string_view name) noexcept {
  return std::lower_bound(members.begin(), members.end(), name,
                          [](const object::member& m, std::string_view n) { return m.first < n; });
}

template <class Members>
auto* scan(Members& members, std::string_view name) noexcept {
  using pointer = decltype(&members.begin()->second);
  auto first_of = [&members](const auto& wanted) {
    for (auto& m : members) {
      if (m.first == wanted) return &m.second;
    }
    return pointer{nullptr};
  };
  // Short names compare as one word.
  return name.size() <= field_name::in_place ? first_of(field_name(name)) : first_of(name);
}

template <class Members>
auto* find_in(Members& members, std::string_view name) noexcept {
  using pointer = decltype(&members.begin()->second);
  if (members.size() <= scan_limit) return scan(members, name);
  auto at = lower_bound_of(members, name);
  return at != members.end() && at->first == name ? &at->second : pointer{nullptr};
}

}  // namespace

object::object(std::initializer_list<member> members)
    : object(std::vector<member>(members.begin(), members.end())) {}

object::object(std::vector<member> members) : members_(std::move(members)) {
  auto by_name = [](const member& a, const member& b) { return a.first < b.first; };
  const bool ascending =
      std::adjacent_find(members_.begin(), members_.end(), [](const member& a, const member& b) {
        return a.first >= b.first;
      }) == members_.end();
  if (ascending) return;
  std::stable_sort(members_.begin(), members_.end(), by_name);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < members_.size(); ++i) {
    if (members_[kept].first != members_[i].first) ++kept;
    if (kept != i) members_[kept] = std::move(members_[i]);
  }
  members_.resize(kept + 1);
}

const value* object::find(std::string_view name) const noexcept { return find_in(members_, name); }

value* object::find(std::string_view name) noexcept { return find_in(members_, name); }

void object::set(std::string_view name, value v) {
  auto at = lower_bound_of(members_, name);
  if (at != members_.end() && at->first == name) {
    at->second = std::move(v);
  } else {
    members_.emplace(at, name, std::move(v));
  }
}

bool object::erase(std::string_view name) {
  auto at = lower_bound_of(members_, name);
  if (at == members_.end() || at->first != name) return false;
  members_.erase(at);
  return true;
}

void object::reserve(std::size_t members) { members_.reserve(members); }

std::size_t object::size() const noexcept { return members_.size(); }
bool object::empty() const noexcept { return members_.empty(); }
object::const_iterator object::begin() const noexcept { return members_.begin(); }
object::const_iterator object::end() const noexcept { return members_.end(); }

}  // namespace spooky
