#pragma once

#include "config/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spooky::config {

struct member;

/// A piece of a settings file with its place: the YAML types that settings can have.
struct node {
  enum class kind : std::uint8_t { empty, scalar, list, map };
  kind type = kind::empty;
  std::string text;             ///< of a scalar, as written
  int line = 0;                 ///< from 1
  int column = 0;               ///< from 1
  std::vector<node> items;      ///< of a list
  std::vector<member> members;  ///< of a map, in the order written, equal keys included
};

struct member {
  std::string key;
  int line = 0;
  int column = 0;
  node value;
};

/// Reads a YAML file whose top level is a map. An unreadable or malformed file is a problem, and
/// the answer is then empty. Size, depth and node count are bounded, so aliases cannot blow it up.
std::optional<node> read_document(const std::string& path, std::vector<problem>& problems);

}  // namespace spooky::config
