#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/strong.hpp"
#include "surrealql/values/value.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spooky::machines {

/// The tables of which nothing can be captured, by what the definitions in the log say of them: a
/// view on one of them is not what the database would answer. Pure bookkeeping.
class uncaptured_tables {
 public:
  /// All definitions.
  void load(std::span<const value> rows);
  /// One definition has changed.
  void take(const change& definition);

  /// Why a view on these tables is not right; nothing: it is.
  std::optional<error> why(const std::vector<std::string>& tables) const;
  bool empty() const noexcept { return reasons_.empty(); }

 private:
  void learn(const record_id& id, const std::string& reason);

  std::map<std::string, std::string> reasons_;
};

}  // namespace spooky::machines
