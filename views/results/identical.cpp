#include "views/results/identical.hpp"

#include <algorithm>

namespace spooky::views {

bool identical(const value& a, const value& b) noexcept {
  if (a.type() != b.type()) return false;
  if (a.same_payload(b)) return true;
  if (a.type() == value_type::array || a.type() == value_type::set)
    return std::equal(a.as_array().begin(), a.as_array().end(), b.as_array().begin(),
                      b.as_array().end(), identical);
  if (a.is_object())
    return std::equal(a.as_object().begin(), a.as_object().end(), b.as_object().begin(),
                      b.as_object().end(), [](const auto& x, const auto& y) {
                        return x.first == y.first && identical(x.second, y.second);
                      });
  return a == b;
}

}  // namespace spooky::views
