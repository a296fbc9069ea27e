#pragma once

#include "surrealql/values/result.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace spooky::machines {

/// The shapes of the queries that may be registered, as surrealql::shape_of() writes them.
class allowlist {
 public:
  static constexpr std::size_t most_shapes = 100'000;

  /// One shape a line; empty lines and those that begin with `--` are passed over. Fails with
  /// parse_error naming the line that cannot be a shape.
  static result<allowlist> read(std::string_view text);

  bool has(const std::string& shape) const { return shapes_.contains(shape); }
  /// False if it was there already, or not there.
  bool add(const std::string& shape) { return shapes_.insert(shape).second; }
  bool remove(const std::string& shape) { return shapes_.erase(shape) > 0; }
  const std::set<std::string>& shapes() const noexcept { return shapes_; }

  /// What read() reads.
  std::string text() const;

 private:
  std::set<std::string> shapes_;
};

}  // namespace spooky::machines
