#pragma once

#include "machines/capture/source_tables.hpp"
#include "machines/capture/tables.hpp"
#include "machines/progress.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spooky::machines {

/// The note (family `meta`) of a clone under way: this plan, written with every page.
inline constexpr std::string_view clone_progress_note = "clone_progress";

/// Which tables a clone copies and how far each one is. A plan that was noted goes on after a
/// crash: rows up to each table's last id are in the replica, and what changed since `began_at` is
/// told by the change feed. Pure bookkeeping.
class clone_plan {
 public:
  struct table {
    source_table source;
    std::string mode;  ///< how it is captured afterwards
    std::uint64_t expected = 0;
    std::uint64_t copied = 0;
    std::optional<record_id> last;  ///< the last row copied
    bool done = false;
  };

  clone_plan() = default;
  clone_plan(std::uint64_t began_at, std::vector<table> tables);

  /// The plan that was noted; nothing if the note is of another form.
  static std::optional<clone_plan> from_note(const value& note);
  value to_note() const;
  /// The same, as if this page of a table had been stored.
  value note_with(const std::string& name, const std::optional<record_id>& last, std::uint64_t rows,
                  bool done) const;

  /// Whether this plan, made earlier, can go on with the tables that are there now: none of its
  /// tables has been removed or defined anew, and every change since it began is still in the
  /// feeds (`now`: the database's time). Tables that came since are added to it.
  bool resume(const std::vector<table>& present, std::chrono::milliseconds now);

  void stored(const std::string& name, const std::optional<record_id>& last, std::uint64_t rows,
              bool done);

  std::uint64_t began_at() const noexcept { return began_at_; }
  const std::map<std::string, table>& tables() const noexcept { return tables_; }
  bool complete() const;
  clone_progress progress() const;
  /// Tables as the sources are told of them afterwards.
  std::map<std::string, copied_table> copied() const;

 private:
  std::uint64_t began_at_ = 0;  ///< versionstamp from which the feed must be read
  std::map<std::string, table> tables_;
};

}  // namespace spooky::machines
