#include "main/process_usage.hpp"

#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <sys/resource.h>
#include <unistd.h>

namespace spooky::process {

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct sample {
  double cpu = cpu_seconds();
  std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now();
};

}  // namespace

std::function<actors::process_usage()> usage_sampler() {
  return [last = std::make_shared<sample>()]() -> actors::process_usage {
    const sample now;
    const auto elapsed = std::chrono::duration<double>(now.at - last->at).count();
    const auto share = elapsed > 0 ? (now.cpu - last->cpu) / elapsed : 0.0;
    *last = now;
    return {share, resident_bytes()};
  };
}

std::chrono::microseconds thread_time() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::duration_cast<std::chrono::microseconds>(
                                                 std::chrono::nanoseconds{used.tv_nsec});
}

}  // namespace spooky::process
