#include "actors/front/ssp_endpoints.hpp"
#include "protocol/log_codec.hpp"
#include "tests/unit/actors/det.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;

namespace {

class kept_answer final : public net::responder {
 public:
  void send(net::http_response response) override { answer = std::move(response); }
  void begin(unsigned, std::string, net::http_headers) override { FAIL("not streamed"); }
  void write(std::string, std::function<void(bool)>) override { FAIL("not streamed"); }
  void finish() override { FAIL("not streamed"); }
  void abort() override { FAIL("not streamed"); }
  std::optional<net::http_response> answer;
};

/// The routes of an SSP; what gets through to its front is kept.
struct fixture : det {
  fixture() { serve({{"node"}, {"ops"}, {"db"}}, true); }

  void serve(front_secrets secrets, bool takes_log) {
    front_config config;
    config.secrets = std::move(secrets);
    config.takes_log = takes_log;
    const ssp_http_front_actor front = spawn([this]() -> ssp_http_front_actor::behavior_type {
      return {[](exchange_atom, const exchange&) {},
              [this](exchange_atom, const ingest_exchange& posted) {
                unnumbered += posted.batches.size();
              },
              [](exchange_atom, const stream_exchange&) {},
              [this](exchange_atom, const log_exchange& sent) { log.push_back(sent.slice); }};
    });
    routes = ssp_routes(front, config);
  }

  /// The status it is refused with; 0 if it gets through.
  unsigned post(std::string body, const std::string& secret, const std::string& epoch = {},
                const char* type = "application/json") {
    net::http_request request;
    request.method = "POST";
    request.path = "/ingest/batch";
    request.body = std::move(body);
    request.headers.set("Content-Type", type);
    if (!secret.empty()) request.headers.set("Authorization", "Bearer " + secret);
    if (!epoch.empty()) request.headers.set(log_epoch_header, epoch);
    auto kept = std::make_shared<kept_answer>();
    routes->handle(std::move(request), kept);
    run();
    said = kept->answer ? kept->answer->body : "";
    return kept->answer ? kept->answer->status : 0;
  }

  std::shared_ptr<net::router> routes;
  std::size_t unnumbered = 0;
  std::vector<log_slice> log;
  std::string said;
};

const std::string numbered = R"([{"table":"t","op":"DELETE","id":"t:1","seq":7}])";
const std::string plain = R"([{"table":"t","op":"DELETE","id":"t:1"}])";

std::string as_log() {
  change c;
  c.id = record_id{"t", value{1}};
  c.op = change_op::erase;
  c.seq = 7;
  change_batch batch;
  batch.changes.push_back(c);
  return encode_slice(
      log_slice{7, 7, std::make_shared<const change_batches>(change_batches{std::move(batch)}), 0});
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "numbered changes are taken from a node that names the registration") {
  CHECK(post(numbered, "node", "3") == 0);
  CHECK(post(as_log(), "node", "3", "application/vnd.spooky.log") == 0);
  REQUIRE(log.size() == 2);
  for (const auto& slice : log) {
    CHECK(slice.first == 7);
    CHECK(slice.epoch == 3);
  }
}

TEST_CASE_FIXTURE(fixture, "a forged seq is refused, in either form") {
  for (const auto& [body, type] :
       {std::pair{numbered, "application/json"}, {as_log(), "application/vnd.spooky.log"}}) {
    CAPTURE(type);
    CHECK(post(body, "", "3", type) == 401);
    CHECK(post(body, "ops", "3", type) == 403);
    CHECK(post(body, "db", "3", type) == 403);
    CHECK(said.find("nodes only") != std::string::npos);
    CHECK(post(body, "node", "", type) == 400);
    CHECK(said.find("X-Spooky-Epoch") != std::string::npos);
    CHECK(post(body, "node", "0", type) == 400);
    CHECK(post(body, "node", "x", type) == 400);
  }
  CHECK(log.empty());
  CHECK(post(plain, "db") == 0);
  CHECK(unnumbered == 1);
}

TEST_CASE_FIXTURE(fixture,
                  "an SSP without a scheduler takes no numbers, whatever registration is named") {
  serve({}, false);
  for (const auto* epoch : {"", "1", "3"}) {
    CHECK(post(numbered, "", epoch) == 400);
    CHECK(post(as_log(), "", epoch, "application/vnd.spooky.log") == 400);
    CHECK(said.find("has no scheduler") != std::string::npos);
  }
  CHECK(log.empty());
  CHECK(post(plain, "") == 0);
}
