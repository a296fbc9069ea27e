#pragma once

#include <cstddef>
#include <fstream>
#include <string>

/// The most memory this process has used since the meter was made, beyond what it used then. From
/// the kernel's own count, so that nothing escapes it.
class peak_memory {
 public:
  peak_memory() {
    std::ofstream("/proc/self/clear_refs") << "5";
    before_ = read("VmHWM:");
  }
  std::size_t grown() const {
    const std::size_t now = read("VmHWM:");
    return now > before_ ? now - before_ : 0;
  }

 private:
  static std::size_t read(const std::string& name) {
    std::ifstream status("/proc/self/status");
    std::string word;
    std::size_t kib = 0;
    while (status >> word)
      if (word == name && status >> kib) break;
    return kib * 1024;
  }

  std::size_t before_ = 0;
};
