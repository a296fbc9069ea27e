#include "web/files.hpp"

#include <algorithm>

namespace spooky::web {

const file* find_file(std::string_view path) {
  const auto& all = files();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const file& each) { return each.path == path; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace spooky::web
