#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/database/select_rules.hpp"
#include "surrealql/values/value.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spooky::machines {

/// Makes the tables' select rules of the definitions in the log (surrealql::definition_table). A
/// definition that changes in other ways changes no rule, and costs the views nothing.
class rule_book {
 public:
  /// All definitions; changed() gives rules afterwards, whatever they are.
  void load(std::span<const value> rows);
  /// One definition has changed.
  void take(const change& definition);

  /// The rules, if they are others than when it was last asked; else null.
  std::shared_ptr<const surrealql::select_rules> changed();
  /// What could not be read and therefore hides what it speaks of, since it was last asked: a line
  /// for each, naming the table. The same text of the same table is told once.
  std::vector<std::string> unread();

 private:
  struct entry {
    value source;  ///< what of the definition the rule is read from
    surrealql::table_rule rule;
  };
  void learn(const record_id& id, const value& definition);

  std::map<std::string, entry> tables_;
  std::vector<std::string> unread_;
  bool changed_ = false;
};

}  // namespace spooky::machines
