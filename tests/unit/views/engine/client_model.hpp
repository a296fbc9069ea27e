#pragma once

#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

/// A client that knows a view by its registration and the deltas since, and nothing else.
class client_model {
 public:
  explicit client_model(const spooky::views::view_snapshot& first);

  /// Applies a delta. Returns what is wrong with it, or nothing.
  std::string apply(const spooky::views::view_delta& delta);
  /// What differs from the engine's own state, or nothing.
  std::string compare(const spooky::views::view_snapshot& now) const;
  std::size_t members() const { return members_.size(); }
  /// The result as told last, which for a query whose rows are records may be long ago.
  const spooky::value& result() const { return *result_; }

 private:
  using key = std::tuple<std::string, std::optional<spooky::record_id>, spooky::record_id>;
  struct known {
    std::uint64_t version = 0;
    spooky::value row;
  };
  static key key_of(const spooky::views::member& m) { return {m.path, m.parent, m.id}; }

  std::map<key, known> members_;
  std::optional<std::vector<spooky::record_id>> order_;
  std::optional<spooky::value> result_;
  std::optional<spooky::error> failed_;
};
