#pragma once

#include "storage/file_system.hpp"

#include <cstdint>
#include <memory>
#include <random>

namespace spooky::chaos {

/// The operating system's files, where one write in `period` falls short or fails (EIO, ENOSPC,
/// after a part was written) and one sync in 20 times as many fails.
class faulty_file_system final : public storage::file_system {
 public:
  faulty_file_system(std::uint64_t seed, std::uint64_t period);
  ~faulty_file_system() override;

  std::uint64_t injected() const noexcept;

  result<std::unique_ptr<storage::file>> open(const std::string& path,
                                              storage::open_mode mode) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override;
  result<void> sync_directory(const std::string& directory) override;
  result<void> create_directories(const std::string& directory) override;
  result<bool> is_directory(const std::string& path) override;
  result<std::unique_ptr<storage::directory_lock>> lock(const std::string& directory) override;

 private:
  class faulty_file;
  struct dice;
  std::shared_ptr<dice> dice_;
};

}  // namespace spooky::chaos
