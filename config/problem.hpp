#pragma once

#include <string>
#include <vector>

namespace spooky::config {

/// Something an operator has to mend in a settings file or in the environment.
struct problem {
  std::string file;     ///< path of the file, or "environment"
  int line = 0;         ///< from 1; 0 where a line means nothing
  int column = 0;       ///< from 1; 0 where a column means nothing
  std::string key;      ///< dotted key, or the variable's name; may be empty for the whole file
  std::string value;    ///< what is there, "****" for a secret; empty if nothing is
  std::string allowed;  ///< what is wrong and what would be right

  friend bool operator==(const problem&, const problem&) = default;
};

/// One line for people: "spooky.yml:3:15: load_balance: 'fast' is not one of least_queries, ...".
std::string to_string(const problem& p);

}  // namespace spooky::config
