#pragma once

#include "surrealql/analyse/analyse.hpp"
#include "surrealql/values/value.hpp"
#include "views/structures/interval_index.hpp"
#include "views/tables/row_table.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace spooky::views {

class element_index;
class path_index;

/// How the values of a table's fields are spread: what share of the rows has a given value, or one
/// in a range. An index knows the first exactly; else a sample of the rows tells, made when it is
/// first asked for and again when the table has doubled or halved; without rows to look at, the
/// kind of value must do, for there are two booleans and many record ids.
///
/// All shares are estimates from 0 to 1: they decide what is done first, never what is right.
class value_spread {
 public:
  using field_path = surrealql::field_path;

  /// `index`: the one on that path, if there is one. O(log sample), or one probe of the index.
  double share_of(const row_table& table, const field_path& path, const value& key,
                  const path_index* index);
  /// What share has a list that holds that element, or something that may contain it all the same.
  double share_with_element(const row_table& table, const std::string& field, const value& element,
                            const element_index* index);
  double share_within(const row_table& table, const field_path& path, const interval& range);
  /// The table is gone.
  void forget(const row_table& table);

 private:
  struct sample {
    std::size_t rows_then = 0;  ///< the table's rows when it was taken
    std::vector<value> values;  ///< sorted
    std::size_t distinct = 0;
  };

  static sample sample_of(const row_table& table, const std::string& field);
  /// Nothing where the path leads through links, or the table is too small to tell.
  const sample* look(const row_table& table, const field_path& path);

  std::map<std::pair<std::uint32_t, std::string>, sample> samples_;  ///< by table number and field
};

}  // namespace spooky::views
