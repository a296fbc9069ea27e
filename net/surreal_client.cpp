#include "net/surreal_client.hpp"

#include "net/detail/surreal_session.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <utility>

namespace spooky::net {

using detail::surreal_session;

namespace {

error not_connected() {
  return fail(errc::unavailable, "not connected to SurrealDB; it is being tried again");
}

}  // namespace

class surreal_client::impl : public std::enable_shared_from_this<surreal_client::impl> {
 public:
  impl(io_runtime& io, surreal_options options, url target)
      : io_(io), options_(std::move(options)), target_(std::move(target)) {}

  void start(state_callback on_state) {
    if (stopped_ || session_) return;
    on_state_ = std::move(on_state);
    connect();
  }

  void stop() {
    retry_.cancel();
    on_state_ = nullptr;
    connected_ = false;
    auto session = std::exchange(session_, nullptr);
    if (session) session->close(fail(errc::unavailable, "the client has been stopped"));
  }

  /// The session to send on, or nullptr.
  surreal_session* session() const noexcept { return connected_ ? session_.get() : nullptr; }
  io_runtime& io() noexcept { return io_; }

  std::atomic<bool> connected_{false};
  std::atomic<bool> stopped_{false};

 private:
  void connect() {
    surreal_session::hooks events;
    events.ready = [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->ready();
    };
    events.ended = [weak = weak_from_this()](error reason) {
      if (auto self = weak.lock()) self->ended(std::move(reason));
    };
    session_ = std::make_shared<surreal_session>(io_, options_, std::move(events));
    session_->connect(target_);
  }

  void ready() {
    if (stopped_) return;
    connected_ = true;
    failures_ = 0;
    ++epoch_;
    tell({true, errc::none, {}, epoch_});
  }

  void ended(error reason) {
    connected_ = false;
    session_.reset();
    if (stopped_) return;
    auto delay = next_delay(reason.code);
    retry_ = io_.after(delay, [weak = weak_from_this()] {
      auto self = weak.lock();
      if (self && !self->stopped_) self->connect();
    });
    tell({false, reason.code,
          target_.authority() + ": " + reason.message + "; trying again in " +
              std::to_string(delay.count()) + " ms",
          epoch_});
  }

  /// Doubled after each failure up to the cap, and between half and all of that, so that many
  /// clients of one database do not come back in step.
  std::chrono::milliseconds next_delay(errc reason) {
    auto full = options_.retry_rejected;
    if (reason != errc::unauthorized) {
      auto doublings = std::min<std::size_t>(failures_++, 20);
      full = std::min(options_.retry_max, options_.retry_initial * (1 << doublings));
    }
    std::uniform_int_distribution<long long> jitter(full.count() / 2, full.count());
    return std::chrono::milliseconds(jitter(random_));
  }

  void tell(const surreal_state& state) {
    // A copy, for the callback may stop the client.
    if (auto on_state = on_state_; on_state && !stopped_) on_state(state);
  }

  io_runtime& io_;
  const surreal_options options_;
  const url target_;
  state_callback on_state_;
  std::shared_ptr<surreal_session> session_;
  timer retry_;
  std::size_t failures_ = 0;
  std::uint64_t epoch_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

result<std::unique_ptr<surreal_client>> surreal_client::create(io_runtime& io,
                                                               surreal_options options) {
  SPOOKY_ASSIGN(auto target, parse_url(options.url, "ws"));
  if (target.target == "/") target.target = "/rpc";
  auto state = std::make_shared<impl>(io, std::move(options), std::move(target));
  return std::unique_ptr<surreal_client>(new surreal_client(std::move(state)));
}

surreal_client::surreal_client(std::shared_ptr<impl> state) : impl_(std::move(state)) {}

surreal_client::~surreal_client() {
  impl_->stopped_ = true;
  impl_->io().run_and_wait([this] { impl_->stop(); });
}

void surreal_client::start(state_callback on_state) {
  impl_->io().post([state = impl_, on_state = std::move(on_state)]() mutable {
    state->start(std::move(on_state));
  });
}

void surreal_client::stop() {
  impl_->stopped_ = true;
  impl_->io().post([state = impl_] { state->stop(); });
}

bool surreal_client::connected() const noexcept { return impl_->connected_ && !impl_->stopped_; }

void surreal_client::query(std::string text, object vars, std::chrono::milliseconds timeout,
                           query_callback done) {
  impl_->io().post([state = impl_, text = std::move(text), vars = std::move(vars), timeout,
                    done = std::move(done)]() mutable {
    auto* session = state->session();
    if (!session) return done(not_connected());
    session->call("query", {value(std::move(text)), value(std::move(vars))}, timeout,
                  [done = std::move(done)](const result<value>& answer) {
                    if (!answer.ok()) return done(answer.failure());
                    done(detail::read_statements(*answer));
                  });
  });
}

void surreal_client::live(std::string text, object vars, std::chrono::milliseconds timeout,
                          notification_callback on_event, live_callback done) {
  impl_->io().post([state = impl_, text = std::move(text), vars = std::move(vars), timeout,
                    on_event = std::move(on_event), done = std::move(done)]() mutable {
    auto* session = state->session();
    if (!session) return done(not_connected());
    // A notification that is already being delivered when the client is stopped goes no further.
    auto guarded = [state, on_event = std::move(on_event)](live_notification event) {
      if (!state->stopped_ && on_event) on_event(std::move(event));
    };
    session->live({value(std::move(text)), value(std::move(vars))}, timeout, std::move(guarded),
                  std::move(done));
  });
}

void surreal_client::kill(uuid live_id, std::chrono::milliseconds timeout, value_callback done) {
  impl_->io().post([state = impl_, live_id, timeout, done = std::move(done)]() mutable {
    auto* session = state->session();
    if (!session) return done(not_connected());
    session->forget_live(live_id);
    session->call("kill", {value(live_id)}, timeout, std::move(done));
  });
}

void surreal_client::call(std::string method, array params, std::chrono::milliseconds timeout,
                          value_callback done) {
  impl_->io().post([state = impl_, method = std::move(method), params = std::move(params), timeout,
                    done = std::move(done)]() mutable {
    auto* session = state->session();
    if (!session) return done(not_connected());
    session->call(method, std::move(params), timeout, std::move(done));
  });
}

}  // namespace spooky::net
