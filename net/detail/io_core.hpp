#pragma once

#include "net/io_runtime.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace spooky::net {

/// What an io_runtime and its posters share.
struct io_core {
  // One thread runs it: the hint saves some locking of the queue, posting stays thread-safe.
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(context);
  std::thread thread;

  std::mutex mutex;
  std::condition_variable changed;
  bool running = false;  ///< guarded by mutex: the thread still takes what is posted
};

/// Owned by the pending wait alone, so that a timer handle may outlive the runtime.
struct timer_state {
  explicit timer_state(boost::asio::io_context& context) : wait(context) {}
  boost::asio::steady_timer wait;
};

}  // namespace spooky::net
