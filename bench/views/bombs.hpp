#pragma once

#include "workload.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// Queries made to be dear, and the tables that they and 1,000 ordinary views read.
namespace spooky::bench {

inline constexpr std::size_t view_count = 1'000;
inline constexpr std::size_t bomb_rows = 5'000;
inline constexpr double changes_per_s = 500;
inline constexpr double bomb_period_s = 10;

struct bomb {
  const char* name;
  const char* text;
};

inline constexpr bomb bombs[] = {
    {"nested_maps",
     "SELECT *, array::map(array::range(0, 10000), |$x| array::map(array::range(0, 10000), |$y| "
     "array::map(array::range(0, 10000), |$z| $x))) AS m FROM heap"},
    {"split", "SELECT list, other, third FROM lists SPLIT list, other, third"},
    {"each_with_each", "SELECT *, (SELECT * FROM heap WHERE a > $parent.a) AS more FROM heap"},
    {"repeat", "SELECT string::repeat('a', 1000000) AS s FROM heap"},
    {"fold", "SELECT array::fold(array::range(0, 33), 'a', |$s, $x| $s + $s) AS s FROM heap"},
    {"pattern",
     "SELECT * FROM heap WHERE string::matches(string::repeat('a', 100000), "
     "'((a{1,30}){1,30})+$b')"},
    {"range", "SELECT * FROM heap WHERE a INSIDE array::range(0, 1000000000000)"},
    {"heavy", "SELECT *, array::len(array::map(array::range(0, 500), |$x| $x + a)) AS n FROM heap"},
};

inline value heap_row(std::size_t i, std::int64_t a) {
  return value(object{{"id", value(record_id{"heap", value(static_cast<std::int64_t>(i))})},
                      {"a", value(a)}});
}

/// The rows of `post`, which the ordinary views read, of `heap`, or of `lists`; others have none.
inline std::vector<value> rows_of_table(std::string_view table) {
  std::vector<value> rows;
  if (table == "post") {
    for (std::size_t i = 0; i < row_count; ++i)
      rows.push_back(make_post(i, author_id(i % view_count), static_cast<std::int64_t>(i)));
  } else if (table == "heap") {
    for (std::size_t i = 0; i < bomb_rows; ++i)
      rows.push_back(heap_row(i, static_cast<std::int64_t>(i)));
  } else if (table == "lists") {
    array list;
    for (int i = 0; i < 1000; ++i) list.emplace_back(i);
    rows.push_back(value(object{{"id", value(record_id{"lists", value(1)})},
                                {"list", value(list)},
                                {"other", value(list)},
                                {"third", value(list)}}));
  }
  return rows;
}

}  // namespace spooky::bench
