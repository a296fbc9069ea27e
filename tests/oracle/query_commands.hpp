#pragma once

#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/values/behaviours.hpp"
#include "wire.hpp"

namespace spooky::oracle {

/// Tables in memory and queries run over them from scratch.
class query_commands {
 public:
  explicit query_commands(surrealql::semantics rules) noexcept : rules_(rules) {}

  /// `{op: "load", table, rows}`: the table holds exactly these rows from now on.
  json load(const json& command);
  /// `{op: "query", surql, params?}`.
  json query(const json& command) const;
  void reset() { source_ = {}; }

 private:
  surrealql::semantics rules_;
  surrealql::map_source source_;
};

}  // namespace spooky::oracle
