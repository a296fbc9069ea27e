#include "config/load.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

using namespace spooky::config;

namespace {

/// A file in memory, at a path of its own.
class memory_file {
 public:
  memory_file(const unsigned char* data, std::size_t size) : fd_(memfd_create("settings", 0)) {
    if (fd_ < 0 || write(fd_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~memory_file() { close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

}  // namespace

/// A settings file of any contents: it is read or every mistake is named, and the same file gives
/// the same mistakes again.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const memory_file file{data, size};
  const auto scheduler = load_scheduler_settings(file.path(), {});
  const auto ssp = load_ssp_settings(file.path(), {});
  if (scheduler.problems.size() != load_scheduler_settings(file.path(), {}).problems.size())
    std::abort();
  for (const auto& problem : scheduler.problems)
    if (to_string(problem).empty()) std::abort();
  for (const auto& problem : ssp.problems)
    if (to_string(problem).empty()) std::abort();
  return 0;
}
