#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/values/behaviours.hpp"
#include "wire.hpp"

#include <memory>
#include <utility>

namespace spooky::oracle {

/// Tables in memory and queries run over them from scratch.
class query_commands {
 public:
  explicit query_commands(surrealql::semantics rules) noexcept : rules_(rules) {}

  /// `{op: "load", table, rows}`: the table holds exactly these rows from now on.
  json load(const json& command);
  /// `{op: "query", surql, params?}`.
  json query(const json& command) const;
  void define(std::shared_ptr<const surrealql::catalog> definitions) {
    definitions_ = std::move(definitions);
  }
  void reset() {
    source_ = {};
    definitions_ = std::make_shared<const surrealql::catalog>();
  }
  /// What `time::now()` is from now on.
  void tell(const datetime& now) noexcept { now_ = now; }

 private:
  surrealql::semantics rules_;
  surrealql::map_source source_;
  std::shared_ptr<const surrealql::catalog> definitions_ =
      std::make_shared<const surrealql::catalog>();
  datetime now_;
};

}  // namespace spooky::oracle
