#pragma once

#include <atomic>
#include <cstdint>

namespace spooky::detail {

/// The head of every payload that values share.
struct counted {
  std::atomic<std::uint32_t> owners{1};
};

}  // namespace spooky::detail
