#pragma once

#include "machines/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spooky::machines {

/// When tables are compared whose changes nobody tells of: often where comparing is cheap, seldom
/// where it is not. Between two comparisons of a table there are at least `shortest` and
/// `share` times what the last one took, so that a table costs at most one `share`th of the time,
/// however large it is. Pure bookkeeping.
class compare_pace {
 public:
  struct limits {
    std::chrono::milliseconds shortest{1'000};
    std::uint64_t share = 50;
  };
  explicit compare_pace(limits bounds) : bounds_(bounds) {}

  /// Due at once.
  void add(const std::string& table, timestamp now);
  void remove(const std::string& table);
  bool contains(const std::string& table) const { return tables_.contains(table); }
  /// Tables that are compared from now on, until done().
  std::vector<std::string> due(timestamp now);
  /// The table has been compared, or could not be.
  void done(const std::string& table, timestamp now);
  /// When the next one is due; nothing: none is waiting.
  std::optional<timestamp> next() const;

 private:
  struct entry {
    timestamp at{};
    bool under_way = false;  ///< since `at`
  };
  limits bounds_;
  std::map<std::string, entry> tables_;
};

}  // namespace spooky::machines
