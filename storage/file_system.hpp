#pragma once

#include "surrealql/values/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::storage {

/// One open file. All failures are errc::io_error with the path, the operation and the system's
/// text; `is_out_of_space` tells a full disk from a broken one. Not thread-safe.
class file {
 public:
  virtual ~file() = default;

  /// Reads up to `into.size()` bytes at `offset`; fewer only at the end of the file.
  virtual result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;
  /// Writes a prefix of `bytes` at `offset` and returns its length, as pwrite does: at least 1
  /// byte.
  virtual result<std::size_t> write_some_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// Makes all written bytes survive power loss. After a failure the bytes may be lost although a
  /// second call succeeds: never retry, reopen and read instead.
  virtual result<void> sync() = 0;
  /// Reserves space for [0, size) and extends the file to at least `size`.
  virtual result<void> allocate(std::uint64_t size) = 0;
  virtual result<std::uint64_t> size() = 0;

  /// Writes all of `bytes`, however many calls it takes. On failure a prefix may have been written.
  result<void> write_at(std::uint64_t offset, std::string_view bytes);
};

/// How open() treats what is there.
enum class open_mode : std::uint8_t {
  read,        ///< must exist
  read_write,  ///< must exist
  create,      ///< made empty, or emptied if it exists
};

/// Held while a directory is owned; released by the destructor.
class directory_lock {
 public:
  virtual ~directory_lock() = default;
};

/// The file operations the log needs, so that tests can make each of them fail or tear.
/// Implementations are safe to use from several threads; the files they open are not.
class file_system {
 public:
  virtual ~file_system() = default;

  virtual result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) = 0;
  /// Replaces `to` if it exists. Survives power loss only after sync_directory().
  virtual result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual result<void> remove(const std::string& path) = 0;
  /// Names (not paths) of the entries in a directory, sorted.
  virtual result<std::vector<std::string>> list(const std::string& directory) = 0;
  /// Makes creations, renames and removals in the directory survive power loss.
  virtual result<void> sync_directory(const std::string& directory) = 0;
  /// Creates the directory and its parents; fine if it is there.
  virtual result<void> create_directories(const std::string& directory) = 0;
  virtual result<bool> is_directory(const std::string& path) = 0;
  /// Takes `directory`/LOCK. Fails with errc::conflict, naming the directory, if another holds it.
  virtual result<std::unique_ptr<directory_lock>> lock(const std::string& directory) = 0;
};

/// The operating system's files. One instance serves the whole process.
file_system& posix_file_system();

/// True if `failure` came from a full disk or quota, so that trying again later is sensible.
bool is_out_of_space(const error& failure) noexcept;

/// `directory` + '/' + `name`.
std::string join_path(std::string_view directory, std::string_view name);

}  // namespace spooky::storage
