#include "net/http_client.hpp"

#include "net/detail/http_lane.hpp"
#include "net/detail/http_text.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

namespace spooky::net {

using namespace detail;

namespace {

result<void> check(const http_call& call) {
  if (!is_token(call.method))
    return fail(errc::invalid_argument, "\"" + call.method + "\" is not an HTTP method");
  if (call.target.host.empty() || call.target.port == 0)
    return fail(errc::invalid_argument, "the call has no URL");
  for (auto& field : call.headers)
    if (!is_token(field.name) || !is_field_value(field.value))
      return fail(errc::invalid_argument, "the header \"" + field.name + "\" cannot be sent");
  if (!is_field_value(call.content_type) || !is_field_value(call.target.target))
    return fail(errc::invalid_argument, "the content type or target has control characters");
  return {};
}

}  // namespace

class http_client::impl : public std::enable_shared_from_this<http_client::impl> {
 public:
  impl(io_runtime& io, http_client_options options)
      : io_(io),
        context_(io.context()),
        options_(std::move(options)),
        tls_(options_.tls),
        sweep_(context_) {}

  io_runtime& io() noexcept { return io_; }

  void send(http_call call, callback done) {
    if (auto checked = check(call); !checked.ok()) return done(checked.failure());
    if (stopped_) return done(fail(errc::unavailable, "the HTTP client has been stopped"));
    auto key = call.target.origin();
    if (!call.channel.empty()) key += '#' + call.channel;
    auto pool = pools_.find(key);
    if (pool == pools_.end())
      pool = pools_.emplace(key, origin_pool{call.target, {}, {}, {}}).first;
    if (pool->second.waiting.size() >= options_.queued_per_origin)
      return done(fail(errc::overloaded, std::to_string(pool->second.waiting.size()) +
                                             " requests to " + call.target.authority() +
                                             " are waiting already"));
    auto pending = std::make_shared<pending_call>(context_, std::move(call), std::move(done));
    pending->deadline.expires_after(pending->call.timeout);
    pending->deadline.async_wait([weak = weak_from_this(), pending, key](error_code cancelled) {
      auto self = weak.lock();
      if (!cancelled && self) self->expired(key, pending);
    });
    pool->second.waiting.push_back(std::move(pending));
    serve(key);
  }

  void stop() {
    stopped_ = true;
    sweep_.cancel();
    for (auto& [key, pool] : std::exchange(pools_, {})) {
      std::vector<pending_ptr> calls(pool.waiting.begin(), pool.waiting.end());
      for (auto& lane : pool.lanes) {
        if (lane->current()) calls.push_back(lane->current());
        lane->close();
      }
      for (auto& call : calls)
        end(call, fail(errc::unavailable, "the HTTP client has been stopped"));
    }
  }

 private:
  using lane_ptr = std::shared_ptr<http_lane>;
  struct origin_pool {
    url origin;
    std::deque<pending_ptr> waiting;
    std::vector<lane_ptr> lanes;
    std::vector<lane_ptr> idle;  ///< the one used last is at the back and is taken first
  };

  /// Gives waiting calls to idle lanes, then to new ones, as far as the limits allow.
  void serve(const std::string& key) {
    auto found = pools_.find(key);
    if (found == pools_.end()) return;
    auto& pool = found->second;
    while (!pool.waiting.empty()) {
      bool fresh_needed = pool.waiting.front()->repeated;
      if (!pool.idle.empty() && !fresh_needed) {
        auto lane = std::move(pool.idle.back());
        pool.idle.pop_back();
        lane->carry_out(take_first(pool));
        continue;
      }
      if (fresh_needed && !pool.idle.empty() && pool.lanes.size() >= options_.lanes_per_origin)
        pool.idle.front()->close();
      if (pool.lanes.size() >= options_.lanes_per_origin) return;
      if (connections_ >= options_.total_connections && !close_one_idle()) {
        starved_.insert(key);
        return;
      }
      open_lane(key, pool);
    }
    forget_if_empty(key);
  }

  pending_ptr take_first(origin_pool& pool) {
    auto call = std::move(pool.waiting.front());
    pool.waiting.pop_front();
    return call;
  }

  void open_lane(const std::string& key, origin_pool& pool) {
    tls_context tls;
    if (pool.origin.secure()) {
      tls_.refresh();
      auto made = tls_.context();
      if (!made.ok()) return end(take_first(pool), made.failure());
      tls = std::move(*made);
    }
    auto weak = weak_from_this();
    http_lane::hooks events;
    events.completed = [weak](const pending_ptr& call, result<http_response> outcome) {
      if (auto self = weak.lock()) self->end(call, std::move(outcome));
    };
    events.repeat = [weak, key](const pending_ptr& call) {
      if (auto self = weak.lock()) self->repeat(key, call);
    };
    events.idle = [weak, key](const lane_ptr& lane) {
      if (auto self = weak.lock()) self->idle(key, lane);
    };
    events.closed = [weak, key](const lane_ptr& lane) {
      if (auto self = weak.lock()) self->closed(key, lane);
    };
    auto lane =
        std::make_shared<http_lane>(context_, pool.origin, std::move(tls), std::move(events));
    pool.lanes.push_back(lane);
    ++connections_;
    lane->start(options_.connect_timeout, take_first(pool));
  }

  void end(const pending_ptr& call, result<http_response> outcome) {
    call->deadline.cancel();
    if (auto done = std::exchange(call->done, nullptr)) done(std::move(outcome));
  }

  void expired(const std::string& key, const pending_ptr& call) {
    if (!call->done) return;
    if (auto found = pools_.find(key); found != pools_.end()) {
      std::erase(found->second.waiting, call);
      auto lanes = found->second.lanes;
      for (auto& lane : lanes)
        if (lane->current() == call) lane->close();
    }
    end(call,
        fail(errc::timeout, call->call.target.authority() + " did not answer " + call->call.method +
                                " " + call->call.target.target + " within " +
                                std::to_string(call->call.timeout.count()) + " ms"));
    serve(key);
  }

  void repeat(const std::string& key, const pending_ptr& call) {
    if (!call->done) return;
    auto found = pools_.find(key);
    if (found == pools_.end())
      found = pools_.emplace(key, origin_pool{call->call.target, {}, {}, {}}).first;
    found->second.waiting.push_front(call);
    serve(key);
  }

  void idle(const std::string& key, const lane_ptr& lane) {
    auto found = pools_.find(key);
    if (found == pools_.end()) return;
    found->second.idle.push_back(lane);
    serve(key);
    arm_sweep();
    serve_starved();
  }

  void closed(const std::string& key, const lane_ptr& lane) {
    auto found = pools_.find(key);
    if (found == pools_.end()) return;
    if (std::erase(found->second.lanes, lane) > 0) --connections_;
    std::erase(found->second.idle, lane);
    // Later, for the caller may be in the middle of this very pool.
    asio::post(context_, [weak = weak_from_this(), key] {
      auto self = weak.lock();
      if (!self) return;
      self->serve(key);
      self->serve_starved();
    });
  }

  void serve_starved() {
    for (auto& key : std::exchange(starved_, {})) serve(key);
  }

  bool close_one_idle() {
    for (auto& [key, pool] : pools_) {
      if (pool.idle.empty()) continue;
      auto lane = pool.idle.front();
      lane->close();
      return true;
    }
    return false;
  }

  void forget_if_empty(const std::string& key) {
    auto found = pools_.find(key);
    if (found == pools_.end()) return;
    if (found->second.waiting.empty() && found->second.lanes.empty()) pools_.erase(found);
  }

  void arm_sweep() {
    if (std::exchange(sweeping_, true)) return;
    sweep_.expires_after(options_.idle_timeout / 2);
    sweep_.async_wait([weak = weak_from_this()](error_code cancelled) {
      auto self = weak.lock();
      if (!cancelled && self) self->sweep();
    });
  }

  /// Closes lanes that nobody has used for long.
  void sweep() {
    sweeping_ = false;
    auto limit = std::chrono::steady_clock::now() - options_.idle_timeout;
    std::vector<lane_ptr> old;
    bool some_left = false;
    for (auto& [key, pool] : pools_)
      for (auto& lane : pool.idle)
        if (lane->idle_since() <= limit)
          old.push_back(lane);
        else
          some_left = true;
    for (auto& lane : old) lane->close();
    if (some_left) arm_sweep();
  }

  io_runtime& io_;
  asio::io_context& context_;
  http_client_options options_;
  tls_source tls_;
  std::map<std::string, origin_pool> pools_;
  std::set<std::string> starved_;  ///< origins that wait because of the total limit
  std::size_t connections_ = 0;
  asio::steady_timer sweep_;
  bool sweeping_ = false;
  bool stopped_ = false;
};

http_client::http_client(io_runtime& io, http_client_options options)
    : impl_(std::make_shared<impl>(io, std::move(options))) {}

http_client::~http_client() {
  impl_->io().run_and_wait([this] { impl_->stop(); });
}

void http_client::send(http_call call, callback done) {
  impl_->io().post([state = impl_, call = std::move(call), done = std::move(done)]() mutable {
    state->send(std::move(call), std::move(done));
  });
}

}  // namespace spooky::net
