#pragma once

#include "surrealql/types/kind.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What is known of tables' field types, and the return of types to records that came as JSON.
namespace spooky::surrealql {

/// The declared fields of one table.
class table_schema {
 public:
  /// From what `INFO FOR TABLE` returns (`{fields: {name: "DEFINE FIELD at ON t TYPE ..."}}`).
  /// Fields without TYPE carry no knowledge. Fails on a definition that cannot be read, naming it.
  static result<table_schema> from_info(const value& info);

  /// Adds `path` ("at", "meta.tags.*", "items[*].when") of that kind.
  result<void> add(std::string_view path, kind type);

  /// The record with the types of its declared fields restored: text to record ids, datetimes,
  /// durations, decimals, uuids, bytes, ... A member that does not fit its kind, or that is not
  /// declared, stays as it is. `id`, and `in` and `out` of an edge, are always record ids.
  value restore(const value& record) const;

  bool empty() const noexcept { return fields_.empty(); }

 private:
  struct node {
    kind type;
    std::map<std::string, node, std::less<>> members;
    std::vector<node> elements;  ///< none or one: what every element is
  };
  std::map<std::string, node, std::less<>> fields_;

  static value restore_at(const node& known, const value& v);
};

/// The schemas of a database's tables.
///
/// Without knowledge of a table, or of a field, the rule is: `id`, `in` and `out` become record ids
/// when their text is one; every other string stays a string, for no text says by itself whether
/// `"person:tobie"` is a link or a sentence. Numbers are int or float. A view over such a table
/// therefore compares links as text until its schema is known.
class schema {
 public:
  void set(std::string table, table_schema known) { tables_[std::move(table)] = std::move(known); }
  void erase(std::string_view table);
  const table_schema* find(std::string_view table) const noexcept;
  value restore(std::string_view table, const value& record) const;

 private:
  std::map<std::string, table_schema, std::less<>> tables_;
};

}  // namespace spooky::surrealql
