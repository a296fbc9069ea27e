#pragma once

#include "storage/file_system.hpp"
#include "storage/wal_format.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"

#include <memory>
#include <optional>
#include <string>

namespace spooky::storage {

/// Reads the log's frames in order, while its owner may be appending. Memory: one read buffer of
/// 256 KiB, or the largest frame. Not thread-safe; open one per consumer.
class wal_reader {
 public:
  /// Starts at the frame that holds `from`. errc::not_found if the log has been truncated past it
  /// (the message names the oldest seq kept); `from` may be one past the newest.
  static result<wal_reader> open(file_system& files, std::string directory, sequence_number from);

  wal_reader(wal_reader&&) noexcept;
  wal_reader& operator=(wal_reader&&) noexcept;
  ~wal_reader();

  /// The next frame whose first seq is <= `up_to`, or nothing once that is reached; more may come
  /// later with a larger `up_to`. Pass a seq the owner has reported as written: a frame up to it
  /// that cannot be read whole is errc::corrupt. The payload is valid until the next call.
  result<std::optional<wal_frame>> next(sequence_number up_to);

 private:
  class impl;
  explicit wal_reader(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

}  // namespace spooky::storage
