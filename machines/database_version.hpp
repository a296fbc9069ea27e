#pragma once

#include "machines/say.hpp"
#include "surrealql/values/behaviours.hpp"

#include <optional>
#include <string>

namespace spooky::machines {

/// Which SurrealDB's answers are given: those of the version that its server tells at each
/// connection, of the newest known where nobody has told one or none that can be read.
class database_version {
 public:
  /// `known`: what the server said the last time; empty: nothing.
  explicit database_version(std::string known = {});

  const std::string& text() const noexcept { return text_; }
  surrealql::semantics rules() const noexcept { return rules_; }

  struct heard {
    bool differs = false;  ///< what was computed so far was computed by other rules
    std::optional<say> remark;
  };
  /// What the server says now. Remarks on a version when it is new, not at each connection.
  heard hear(std::string told);

 private:
  std::string text_;
  surrealql::semantics rules_;
  bool remarked_ = false;
};

}  // namespace spooky::machines
