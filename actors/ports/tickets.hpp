#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include <caf/all.hpp>

namespace spooky::actors {

/// The promises of requests that are out on the network, by ticket number: the callback, on the
/// I/O thread, only knows the number; the actor delivers.
template <class T>
class tickets {
 public:
  std::uint64_t issue(caf::typed_response_promise<T> promise) {
    waiting_.emplace(++last_, std::move(promise));
    return last_;
  }
  /// Delivers to the holder of the ticket; a second time does nothing.
  void settle(std::uint64_t ticket, caf::expected<T> outcome) {
    const auto it = waiting_.find(ticket);
    if (it == waiting_.end()) return;
    auto promise = std::move(it->second);
    waiting_.erase(it);
    if (outcome)
      promise.deliver(std::move(*outcome));
    else
      promise.deliver(std::move(outcome.error()));
  }
  std::size_t size() const noexcept { return waiting_.size(); }

 private:
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, caf::typed_response_promise<T>> waiting_;
};

}  // namespace spooky::actors
