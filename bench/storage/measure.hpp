#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

/// What the storage benchmarks share: a scratch directory, timing, memory, typical records.
namespace spooky::bench {

template <class T>
T need(result<T> r) {
  if (r) return std::move(r).value();
  std::fprintf(stderr, "%s\n", r.failure().message.c_str());
  std::exit(1);
}
inline void need(result<void> r) {
  if (r) return;
  std::fprintf(stderr, "%s\n", r.failure().message.c_str());
  std::exit(1);
}

/// A directory below the first argument, or below the system's for temporary files, which may be
/// memory: give one on the disk to be measured.
class scratch_directory {
 public:
  scratch_directory(int argc, char** argv) {
    const std::filesystem::path base =
        argc > 1 ? std::filesystem::path(argv[1]) : std::filesystem::temp_directory_path();
    std::string pattern = (base / "spooky-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      std::perror(pattern.c_str());
      std::exit(1);
    }
    path_ = pattern;
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The value below which `share` of the samples lie; sorts them.
inline double quantile(std::vector<double>& samples, double share) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1));
  return samples[at];
}

/// A line of /proc/self/status in MiB: "VmRSS" now, "VmHWM" at most so far.
inline double memory_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == field + ":") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  }
  return 0;
}

/// A record of about 200 bytes of CBOR.
inline value typical_record(std::int64_t key) {
  return value(object{
      {"id", value(record_id{"post", value(key)})},
      {"author", value(record_id{"user", value(key % 1000)})},
      {"title", value("The title of post number " + std::to_string(key))},
      {"body", value(std::string(90, static_cast<char>('a' + key % 26)))},
      {"score", value(static_cast<double>(key % 997) / 8)},
      {"active", value(key % 3 == 0)},
      {"created", value(datetime{1'700'000'000 + key, 0})},
  });
}

}  // namespace spooky::bench
