#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/value.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spooky::machines {

/// Makes the catalog that expressions are evaluated with of the definitions in the log
/// (surrealql::definition_table). A definition that changes in other ways changes nothing here, and
/// costs the views nothing.
class catalog_book {
 public:
  /// All definitions, read as the SurrealDB of these semantics writes them; changed() gives a
  /// catalog afterwards, whatever it is.
  void load(std::span<const value> rows, surrealql::semantics rules);
  /// One definition has changed.
  void take(const change& definition);

  /// The catalog, if it is another than when it was last asked; else null.
  std::shared_ptr<const surrealql::catalog> changed();
  /// What could not be read since it was last asked, a line for each.
  std::vector<std::string> unread();

 private:
  void learn(const record_id& id, const value& definition);
  void forget(const record_id& id);

  surrealql::catalog known_;
  surrealql::semantics rules_;
  std::vector<std::string> unread_;
  bool changed_ = false;
};

}  // namespace spooky::machines
