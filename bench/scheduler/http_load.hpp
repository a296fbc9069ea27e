#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spooky::bench {

/// What a load run saw.
struct load_result {
  std::size_t requests = 0;  ///< answered with 200
  std::size_t refused = 0;   ///< answered otherwise
  double seconds = 0;
  std::vector<double> latencies_ms;
};

/// Keep-alive connections that each send the next request when the last is answered. One thread,
/// plain sockets and epoll: the generator shares the machine with what it measures, so it must cost
/// little. `body(i)` is the i-th request's body.
load_result run_load(std::uint16_t port, const std::string& path, std::size_t connections,
                     double seconds, const std::function<std::string(std::size_t)>& body);

/// What a streamed answer amounted to.
struct streamed {
  unsigned status = 0;
  std::size_t bytes = 0;  ///< head and framing included
};

/// Posts `body` and reads the answer to its end, keeping nothing of it.
streamed stream_answer(std::uint16_t port, const std::string& path, const std::string& accept,
                       const std::string& body);

}  // namespace spooky::bench
