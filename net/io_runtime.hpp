#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace spooky::net {

/// A one-shot timer started by io_runtime::after. Copies name the same timer. Dropping the handle
/// does not cancel it.
class timer {
 public:
  timer() = default;
  /// The function will not run any more, unless it already has. Harmless when it has. Call it on
  /// the I/O thread: from elsewhere the function may still be running when cancel() returns.
  void cancel();

 private:
  friend class io_runtime;
  std::weak_ptr<struct timer_state> state_;
};

/// What may outlive the runtime: posts while it lives, drops the function afterwards.
class io_poster {
 public:
  io_poster() = default;
  /// Runs `fn` on the I/O thread, in the order of the calls of one thread. Thread-safe.
  void post(std::function<void()> fn) const;
  /// Like post, but on the I/O thread itself runs `fn` before returning.
  void dispatch(std::function<void()> fn) const;

 private:
  friend class io_runtime;
  std::weak_ptr<struct io_core> core_;
};

/// Owns one io_context and the one thread that runs it: the I/O thread. All sockets of net/ belong
/// to that thread and all callbacks of net/ run on it, so nothing in net/ needs a strand or a lock.
/// Servers and clients take a reference: the runtime must outlive them. Handles that net/ gives to
/// its users (responder, ws_session, timer) may outlive it and then do nothing.
class io_runtime {
 public:
  io_runtime();
  /// stop() and join().
  ~io_runtime();
  io_runtime(const io_runtime&) = delete;
  io_runtime& operator=(const io_runtime&) = delete;

  /// Starts the I/O thread. Once only.
  void start();
  /// Ends the I/O thread after the callback it is in; what is still queued never runs, and
  /// callbacks that wait for I/O are destroyed uncalled. Thread-safe.
  void stop();
  /// Waits for the I/O thread to end. Not on the I/O thread.
  void join();

  /// Runs `fn` on the I/O thread, never before returning. An exception that leaves it ends the
  /// process: it is a programming error. Thread-safe.
  void post(std::function<void()> fn);
  /// Runs `fn` on the I/O thread after `delay`. Thread-safe.
  timer after(std::chrono::nanoseconds delay, std::function<void()> fn);
  bool on_io_thread() const noexcept;
  /// Runs `fn` on the I/O thread and returns when it has run. Where there is no I/O thread (not
  /// started, or ended) or this is it, runs `fn` here.
  void run_and_wait(const std::function<void()>& fn);

  io_poster poster() const;
  /// For net/ only.
  boost::asio::io_context& context() noexcept;

 private:
  std::shared_ptr<io_core> core_;
};

}  // namespace spooky::net
