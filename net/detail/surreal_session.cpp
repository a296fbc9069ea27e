#include "net/detail/surreal_session.hpp"

#include <utility>

namespace spooky::net::detail {
namespace {

/// More than this would mean that a LIVE query is never confirmed.
constexpr std::size_t most_early_notifications = 65'536;
constexpr std::size_t spare_messages = 16;

}  // namespace

surreal_session::surreal_session(io_runtime& io, const surreal_options& options, hooks events)
    : io_(io), options_(options), hooks_(std::move(events)) {}

void surreal_session::connect(const url& target) {
  ws_client_options options;
  options.target = target;
  options.subprotocol = "cbor";
  options.tls = options_.tls;
  options.limits.max_message_bytes = options_.max_message_bytes;
  options.limits.max_queue_bytes = options_.max_message_bytes;
  options.limits.max_queue_messages = options_.max_in_flight + spare_messages;
  options.limits.idle_timeout = options_.idle_timeout;
  options.limits.handshake_timeout = options_.connect_timeout;

  connect_deadline_ = io_.after(options_.connect_timeout, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self && !self->ready_)
      self->end(fail(errc::timeout, "not connected and signed in within " +
                                        std::to_string(self->options_.connect_timeout.count()) +
                                        " ms"));
  });

  ws_callbacks callbacks;
  callbacks.on_open = [self = shared_from_this()] { self->sign_in(); };
  callbacks.on_message = [self = shared_from_this()](const std::string& bytes, bool) {
    self->receive(bytes);
  };
  callbacks.on_close = [self = shared_from_this()](std::uint16_t code, const std::string& reason) {
    auto text = code == ws_close::abnormal
                    ? reason
                    : "closed by the server, code " + std::to_string(code) + " " + reason;
    self->end(fail(code == ws_close::too_big ? errc::limit_exceeded : errc::unavailable, text));
  };
  socket_ = ws_connect(io_, std::move(options), std::move(callbacks));
}

void surreal_session::sign_in() {
  if (ended_) return;
  if (options_.username.empty()) return look_before_use(0);
  object credentials;
  credentials.set("user", value(options_.username));
  credentials.set("pass", value(options_.password));
  if (options_.auth_level != surreal_auth_level::root) credentials.set("ns", value(options_.ns));
  if (options_.auth_level == surreal_auth_level::database)
    credentials.set("db", value(options_.database));
  call("signin", {value(std::move(credentials))}, options_.connect_timeout,
       [self = shared_from_this()](const result<value>& answer) {
         if (self->ended_) return;
         if (answer.ok()) return self->look_before_use(0);
         auto code = answer.failure().code;
         self->end(fail(code == errc::unauthorized ? code : errc::unavailable,
                        "SurrealDB refused to sign in the user \"" + self->options_.username +
                            "\": " + answer.failure().message));
       });
}

void surreal_session::look_before_use(std::size_t next) {
  if (next == options_.before_use.size()) return choose_database();
  call("query", {value(options_.before_use[next].query), value(object{})}, options_.connect_timeout,
       [self = shared_from_this(), next](const result<value>& answer) {
         if (self->ended_) return;
         if (!answer.ok()) return self->end(answer.failure());
         auto statements = read_statements(*answer);
         if (!statements.ok()) return self->end(statements.failure());
         const auto judged = self->options_.before_use[next].judge(std::move(*statements));
         if (!judged.ok()) return self->end(judged.failure());
         self->look_before_use(next + 1);
       });
}

void surreal_session::choose_database() {
  if (options_.ns.empty()) return become_ready();
  call("use", {value(options_.ns), value(options_.database)}, options_.connect_timeout,
       [self = shared_from_this()](const result<value>& answer) {
         if (self->ended_) return;
         if (answer.ok()) return self->become_ready();
         auto code = answer.failure().code;
         self->end(fail(code == errc::unauthorized ? code : errc::unavailable,
                        "SurrealDB refused the namespace \"" + self->options_.ns +
                            "\" and database \"" + self->options_.database +
                            "\": " + answer.failure().message));
       });
}

void surreal_session::become_ready() {
  connect_deadline_.cancel();
  ready_ = true;
  hooks_.ready();
}

void surreal_session::close(const error& reason) {
  hooks_ = {};
  end(reason);
}

void surreal_session::call(std::string_view method, array params, std::chrono::milliseconds timeout,
                           value_callback done) {
  if (ended_) return done(fail(errc::unavailable, "the connection to SurrealDB has ended"));
  if (in_flight_.size() >= options_.max_in_flight)
    return done(fail(errc::overloaded, std::to_string(in_flight_.size()) +
                                           " requests to SurrealDB are in flight already"));
  auto id = next_id_++;
  auto frame = encode_request(id, method, std::move(params));
  if (frame.size() > options_.max_message_bytes)
    return done(fail(errc::limit_exceeded, "the request to SurrealDB has " +
                                               std::to_string(frame.size()) + " bytes; at most " +
                                               std::to_string(options_.max_message_bytes) +
                                               " are sent"));
  if (!socket_->send_binary(std::move(frame)))
    return done(fail(errc::overloaded, "too much is waiting to be sent to SurrealDB"));
  auto deadline = io_.after(timeout, [weak = weak_from_this(), id, timeout] {
    auto self = weak.lock();
    if (!self) return;
    auto found = self->in_flight_.find(id);
    if (found == self->in_flight_.end()) return;
    auto late = std::move(found->second.done);
    self->in_flight_.erase(found);
    late(fail(errc::timeout,
              "no answer from SurrealDB within " + std::to_string(timeout.count()) + " ms"));
  });
  in_flight_.emplace(id, pending{std::move(done), std::move(deadline)});
}

void surreal_session::live(array params, std::chrono::milliseconds timeout,
                           notification_callback on_event, surreal_client::live_callback done) {
  ++lives_starting_;
  call("query", std::move(params), timeout,
       [self = shared_from_this(), on_event = std::move(on_event),
        done = std::move(done)](result<value> answer) mutable {
         self->started_live(std::move(answer), std::move(on_event), done);
       });
}

void surreal_session::started_live(result<value> answer, notification_callback on_event,
                                   const surreal_client::live_callback& done) {
  --lives_starting_;
  auto early = lives_starting_ == 0 ? std::exchange(early_, {}) : early_;
  auto read = [&]() -> result<uuid> {
    if (!answer.ok()) return answer.failure();
    SPOOKY_ASSIGN(auto statements, read_statements(*answer));
    if (statements.empty()) return fail(errc::invalid_argument, "there is no LIVE statement");
    auto& last = statements.back();
    if (!last.ok())
      return fail(last.failure->conflict ? errc::conflict : errc::evaluation_error,
                  last.failure->message);
    if (last.result.type() != value_type::uuid)
      return fail(errc::invalid_argument, "the last statement is not a LIVE statement");
    return last.result.as_uuid();
  };
  auto id = read();
  if (!id.ok()) return done(id.failure());
  lives_.emplace(*id, std::move(on_event));
  std::erase_if(early_, [&](const live_notification& event) { return event.live_id == *id; });
  done(*id);
  for (auto& event : early)
    if (event.live_id == *id) notified(std::move(event));
}

void surreal_session::forget_live(uuid live_id) { lives_.erase(live_id); }

void surreal_session::receive(const std::string& bytes) {
  auto frame = decode_frame(bytes);
  if (!frame.ok()) return end(frame.failure());
  if (auto* answer = std::get_if<rpc_answer>(&*frame))
    answered(std::move(*answer));
  else
    notified(std::move(std::get<live_notification>(*frame)));
}

void surreal_session::answered(rpc_answer answer) {
  auto found = in_flight_.find(answer.id);
  if (found == in_flight_.end()) return;  // its time limit has passed
  auto done = std::move(found->second.done);
  found->second.deadline.cancel();
  in_flight_.erase(found);
  done(std::move(answer.outcome));
}

void surreal_session::notified(live_notification event) {
  auto found = lives_.find(event.live_id);
  if (found == lives_.end()) {
    if (lives_starting_ == 0) return;  // of a LIVE query that was just killed
    if (early_.size() >= most_early_notifications)
      return end(fail(errc::limit_exceeded,
                      "SurrealDB sends notifications but does not confirm their LIVE query"));
    early_.push_back(std::move(event));
    return;
  }
  // The callback may end this LIVE query.
  auto on_event = found->second;
  if (event.action == live_action::killed) lives_.erase(found);
  if (on_event) on_event(std::move(event));
}

void surreal_session::end(error reason) {
  if (std::exchange(ended_, true)) return;
  auto self = shared_from_this();
  ready_ = false;
  connect_deadline_.cancel();
  if (socket_) socket_->close(ws_close::normal);
  socket_.reset();
  lives_.clear();
  early_.clear();
  fail_all(reason);
  if (auto ended = std::exchange(hooks_, {}).ended) ended(std::move(reason));
}

void surreal_session::fail_all(const error& reason) {
  for (auto& [id, one] : std::exchange(in_flight_, {})) {
    one.deadline.cancel();
    one.done(fail(errc::unavailable,
                  "the connection to SurrealDB broke before the answer came: " + reason.message));
  }
}

}  // namespace spooky::net::detail
