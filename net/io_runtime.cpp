#include "net/io_runtime.hpp"

#include "net/detail/io_core.hpp"

#include <cassert>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

namespace spooky::net {

void timer::cancel() {
  if (auto state = state_.lock()) state->wait.cancel();
}

void io_poster::post(std::function<void()> fn) const {
  if (auto core = core_.lock()) boost::asio::post(core->context, std::move(fn));
}

void io_poster::dispatch(std::function<void()> fn) const {
  if (auto core = core_.lock()) boost::asio::dispatch(core->context, std::move(fn));
}

io_runtime::io_runtime() : core_(std::make_shared<io_core>()) {}

io_runtime::~io_runtime() {
  stop();
  join();
}

void io_runtime::start() {
  assert(!core_->thread.joinable() && "an io_runtime is started once");
  core_->running = true;
  core_->thread = std::thread([core = core_.get()] {
    core->context.run();
    std::lock_guard lock(core->mutex);
    core->running = false;
    core->changed.notify_all();
  });
}

void io_runtime::stop() { core_->context.stop(); }

void io_runtime::join() {
  if (core_->thread.joinable()) core_->thread.join();
}

void io_runtime::post(std::function<void()> fn) {
  boost::asio::post(core_->context, std::move(fn));
}

timer io_runtime::after(std::chrono::nanoseconds delay, std::function<void()> fn) {
  auto state = std::make_shared<timer_state>(core_->context);
  state->wait.expires_after(delay);
  timer handle;
  handle.state_ = state;
  auto& wait = state->wait;
  wait.async_wait(
      [state = std::move(state), fn = std::move(fn)](const boost::system::error_code& cancelled) {
        if (!cancelled) fn();
      });
  return handle;
}

bool io_runtime::on_io_thread() const noexcept {
  return core_->context.get_executor().running_in_this_thread();
}

void io_runtime::run_and_wait(const std::function<void()>& fn) {
  if (on_io_thread()) return fn();
  // Either the I/O thread takes it or, if that ends before, this one: the first to set `taken`.
  struct shared_state {
    bool taken = false;
    bool finished = false;
  };
  auto state = std::make_shared<shared_state>();
  post([core = core_.get(), state, &fn] {
    {
      std::lock_guard lock(core->mutex);
      if (std::exchange(state->taken, true)) return;
    }
    fn();
    std::lock_guard lock(core->mutex);
    state->finished = true;
    core->changed.notify_all();
  });
  std::unique_lock lock(core_->mutex);
  core_->changed.wait(lock, [&] { return state->finished || !core_->running; });
  if (std::exchange(state->taken, true)) return;
  lock.unlock();
  fn();
}

io_poster io_runtime::poster() const {
  io_poster handle;
  handle.core_ = core_;
  return handle;
}

boost::asio::io_context& io_runtime::context() noexcept { return core_->context; }

}  // namespace spooky::net
