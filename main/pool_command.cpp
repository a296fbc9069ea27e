#include "config/load.hpp"
#include "config/text.hpp"
#include "main/commands.hpp"
#include "main/pool_table.hpp"
#include "net/http_client.hpp"
#include "net/io_runtime.hpp"
#include "net/url.hpp"
#include "surrealql/codec/json.hpp"

#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace spooky::process {

namespace {

constexpr std::chrono::milliseconds call_timeout{10'000};
constexpr std::chrono::milliseconds drain_pause{250};

/// The scheduler for the length of one command.
class scheduler_session {
 public:
  static result<std::unique_ptr<scheduler_session>> open(const pool_request& request) {
    SPOOKY_ASSIGN(auto url, net::parse_url(request.scheduler));
    net::http_client_options options;
    options.tls.ca_file = request.ca_file;
    return std::make_unique<scheduler_session>(std::move(url), request.scheduler, options);
  }
  scheduler_session(net::url url, std::string address, net::http_client_options options)
      : url_(std::move(url)), address_(std::move(address)), client_(io_, std::move(options)) {
    io_.start();
    secret_ = secret_in_environment(
        {"SPOOKY_OPERATOR_SECRET", "SPOOKY_AUTH_SECRET", "SPOOKY_NODE_SECRET"});
  }

  result<net::http_response> send(const char* method, const char* path, const value* body) {
    net::http_call call;
    call.method = method;
    call.target = url_;
    call.target.target = path;
    call.timeout = call_timeout;
    call.idempotent = true;
    if (!secret_.empty()) call.headers.set("Authorization", "Bearer " + secret_);
    if (body != nullptr) call.body = std::make_shared<const std::string>(surrealql::to_json(*body));
    auto promise = std::make_shared<std::promise<result<net::http_response>>>();
    auto answer = promise->get_future();
    client_.send(std::move(call),
                 [promise](result<net::http_response> got) { promise->set_value(std::move(got)); });
    auto got = answer.get();
    if (!got.ok())
      return fail(got.failure().code,
                  "the scheduler at " + address_ + " does not answer: " + got.failure().message);
    return got;
  }

  /// The body of a 2xx answer; else the failure it stands for.
  result<value> ask(const char* method, const char* path, const value* body = nullptr) {
    SPOOKY_ASSIGN(const auto answer, send(method, path, body));
    auto told = surrealql::parse_json(answer.body);
    if (answer.status / 100 == 2) return told;
    const bool explained = told.ok() && (*told)["message"].is_string();
    return fail(answer.status == 404 ? errc::not_found : errc::unavailable,
                explained ? std::string{(*told)["message"].as_string()}
                          : "the scheduler answers HTTP status " + std::to_string(answer.status));
  }

  void pause(std::chrono::milliseconds length) {
    std::promise<void> waited;
    io_.after(length, [&waited] { waited.set_value(); });
    waited.get_future().wait();
  }

 private:
  net::url url_;
  std::string address_;
  std::string secret_;
  net::io_runtime io_;
  net::http_client client_;
};

int report(const error& why) {
  std::cerr << "error: " << why.message << '\n';
  return 1;
}

/// Follows the draining until no view is left. 2: views are left when the time is over.
result<int> drain_until_empty(scheduler_session& session, const pool_request& request) {
  const value body{object{{"ssp_id", value{request.ssp_id}}}};
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds{request.timeout_seconds};
  std::string told;
  while (true) {
    SPOOKY_ASSIGN(const auto progress, session.ask("POST", "/ssp/drain", &body));
    const auto& views = progress["views"];
    if (views.type() != value_type::integer)
      return fail(errc::corrupt, "the scheduler's answer lacks views");
    auto line = views.as_integer() == 0
                    ? fmt::format("{} holds no views: it can be stopped\n", request.ssp_id)
                    : fmt::format("{} views left on {}\n", views.as_integer(), request.ssp_id);
    if (progress["obstacle"].is_string())
      line = fmt::format("{} views left on {}: {}\n", views.as_integer(), request.ssp_id,
                         progress["obstacle"].as_string());
    if (line != told) std::cout << line << std::flush;
    told = std::move(line);
    if (views.as_integer() == 0) return 0;
    if (std::chrono::steady_clock::now() >= until) {
      std::cerr << fmt::format("error: not drained within {} s\n", request.timeout_seconds);
      return 2;
    }
    session.pause(drain_pause);
  }
}

}  // namespace

std::string secret_in_environment(std::initializer_list<const char*> variables) {
  const auto environment = config::process_environment();
  for (const auto* name : variables) {
    const auto found = environment.find(name);
    if (found == environment.end()) continue;
    if (auto words = config::words_of(found->second); !words.empty()) return words.front();
  }
  return {};
}

int show_status(const pool_request& request) {
  const auto session = scheduler_session::open(request);
  if (!session.ok()) return report(session.failure());
  const auto metrics = (*session)->ask("GET", "/metrics");
  if (!metrics.ok()) return report(metrics.failure());
  if (request.json)
    std::cout << surrealql::to_json(*metrics) << '\n';
  else
    std::cout << pool_table(*metrics);
  const auto& ready = (*metrics)["scheduler"]["ready_ssps"];
  return ready.type() == value_type::integer && ready.as_integer() > 0 ? 0 : 2;
}

int drain(const pool_request& request) {
  const auto session = scheduler_session::open(request);
  if (!session.ok()) return report(session.failure());
  const auto outcome = drain_until_empty(**session, request);
  return outcome.ok() ? *outcome : report(outcome.failure());
}

}  // namespace spooky::process
