#pragma once

#include "storage/file_system.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace spooky::storage {

/// How often, from 0 to 1, an operation of the simulated disk goes wrong.
struct disk_faults {
  double read_error = 0;   ///< EIO
  double write_error = 0;  ///< EIO; a prefix of the bytes may have been written
  double short_write = 0;  ///< succeeds, but writes fewer bytes than asked
  double sync_error = 0;   ///< EIO; what it should have synced is lost at the next power_loss()
  double name_error = 0;   ///< EIO from open for creation, rename, remove and sync_directory
};

/// A disk in memory that fails and tears as real ones do, reproducibly from its seed: for tests of
/// recovery and for the simulated cluster. Not thread-safe.
class simulated_file_system final : public file_system {
 public:
  explicit simulated_file_system(std::uint64_t seed);
  ~simulated_file_system() override;

  void set_faults(const disk_faults& faults) noexcept;
  /// Writes that would take more than this fail with ENOSPC, after writing what still fits.
  void set_capacity(std::uint64_t bytes) noexcept;
  std::uint64_t used_bytes() const;

  /// The process dies: open files and locks are gone, everything written stays.
  void kill();
  /// The machine dies: as kill(), and of what was not synced each 512-byte sector stays, vanishes
  /// or tears, and of the unsynced names a prefix of the changes stays.
  void power_loss();

  struct counts {
    std::uint64_t operations = 0;
    std::uint64_t read_errors = 0;
    std::uint64_t write_errors = 0;
    std::uint64_t short_writes = 0;
    std::uint64_t sync_errors = 0;
    std::uint64_t name_errors = 0;
    std::uint64_t out_of_space = 0;
  };
  const counts& injected() const noexcept;

  /// Flips one bit of a file's stored content.
  void flip_bit(const std::string& path, std::uint64_t bit);

  result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override;
  result<void> sync_directory(const std::string& directory) override;
  result<void> create_directories(const std::string& directory) override;
  result<bool> is_directory(const std::string& path) override;
  result<std::unique_ptr<directory_lock>> lock(const std::string& directory) override;

 private:
  class disk;
  class open_file;
  class held_lock;
  std::shared_ptr<disk> disk_;
};

}  // namespace spooky::storage
