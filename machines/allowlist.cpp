#include "machines/allowlist.hpp"

#include "surrealql/analyse/shape.hpp"

#include <algorithm>

namespace spooky::machines {

result<allowlist> allowlist::read(std::string_view text) {
  allowlist list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("--")) continue;
    if (!surrealql::may_be_shape(line))
      return fail(errc::parse_error, "line " + std::to_string(number) +
                                         " is no shape of a query; `spooky allowlist add` writes "
                                         "them");
    if (list.shapes_.size() == most_shapes)
      return fail(errc::limit_exceeded,
                  "there are more than " + std::to_string(most_shapes) + " shapes");
    list.shapes_.emplace(line);
  }
  return list;
}

std::string allowlist::text() const {
  std::string out;
  for (const auto& shape : shapes_) out += shape + "\n";
  return out;
}

}  // namespace spooky::machines
