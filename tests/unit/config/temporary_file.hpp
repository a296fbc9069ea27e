#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace spooky::config {

/// A settings file that lives as long as its test.
class temporary_file {
 public:
  explicit temporary_file(const std::string& text) {
    static std::atomic<int> count{0};
    path_ =
        std::filesystem::temp_directory_path() /
        ("spooky-config-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".yml");
    std::ofstream(path_) << text;
  }
  ~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace spooky::config
