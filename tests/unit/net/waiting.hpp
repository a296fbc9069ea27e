#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace spooky::net::test {

/// Long enough for a loaded machine; only a failing test waits it out.
inline constexpr std::chrono::seconds patience{20};

/// The value of a future, or an exception that fails the test.
template <class T>
T get(std::future<T> future) {
  if (future.wait_for(patience) != std::future_status::ready)
    throw std::runtime_error("nothing came within the test's patience");
  return future.get();
}

/// What callbacks on the I/O thread hand to the test's thread.
template <class T>
class mailbox {
 public:
  void put(T item) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    changed_.notify_all();
  }
  T take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return !items_.empty(); }))
      throw std::runtime_error("nothing came within the test's patience");
    T out = std::move(items_.front());
    items_.pop_front();
    return out;
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
};

}  // namespace spooky::net::test
