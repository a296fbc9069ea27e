#pragma once

#include "intents/capture/read_records.hpp"
#include "intents/capture/tables.hpp"
#include "machines/capture/record_reading.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spooky::machines {

/// A stretch of a table in record-id order.
struct table_page {
  array rows;
  std::vector<record_id> left_out;  ///< rows of the stretch that exist and cannot be read
  std::optional<record_id> last;    ///< where it ends: the next one begins after this
  bool ends = false;                ///< nothing comes behind it
};

/// Reads a page of a table although some of its rows may not be readable (see record_reading): the
/// page in one query, and only if that fails its ids, and then its records by these.
class page_reading {
 public:
  /// `rows`: at most so many.
  page_reading(std::string table, std::optional<record_id> after, std::size_t rows);

  using question = std::variant<intents::read_page, intents::list_ids, intents::read_records>;
  /// What to ask next; nothing: page() is complete.
  std::optional<question> next() const;
  /// The answer to a read_page or list_ids.
  result<void> answered(array said);
  /// The answer to a read_records.
  result<void> answered(std::vector<change> said);
  /// There was none. False: the page cannot be read, for this reason.
  bool failed(const error& why);

  const table_page& page() const noexcept { return page_; }

 private:
  result<void> end_at(const value& last, std::size_t rows);
  void finish();  // if all records have been read

  std::string table_;
  std::optional<record_id> after_;
  std::size_t rows_;
  bool by_ids_ = false;                    ///< reading it at once has failed
  std::optional<record_reading> records_;  ///< once the ids are known
  bool done_ = false;
  table_page page_;
};

}  // namespace spooky::machines
