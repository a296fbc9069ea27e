#include "config/load.hpp"
#include "temporary_file.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::config;

namespace {

constexpr int rounds = 2'000;

const std::string good =
    "allow_open: true\ndb:\n  url: ws://127.0.0.1:8000/rpc\n  namespace: n\n  database: "
    "d\nlimits:\n"
    "  body_bytes: 4MiB\n  request_timeout_ms: 500\nbackends:\n  mail:\n    type: http\n"
    "    baseUrl: http://127.0.0.1:1\n    auth: {type: token, token: x}\n"
    "    method: {type: outbox, table: jobs}\n    timeout: 5s\njob_tables: [a, b]\n"
    "scheduler:\n  ingest_port: 1\nssp:\n  listen_addr: 127.0.0.1:1\n";

/// Some bytes of the file changed, cut out, doubled, or put elsewhere.
std::string spoilt(std::mt19937& random) {
  std::string text = good;
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (auto n = 1 + below(5); n > 0 && text.size() > 16; --n) {
    const auto at = below(text.size() - 8);
    switch (below(4)) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      case 2:
        text.insert(at, text.substr(below(text.size()), 1 + below(40)));
        break;
      default:
        text.insert(at, std::string(1, "{}[]:,-&*!|>'\"%@`#\n\t"[below(21)]));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a settings file of any contents is read, or its mistakes are named") {
  std::mt19937 random{7};
  std::size_t right = 0;
  for (int round = 0; round < rounds; ++round) {
    const temporary_file file{spoilt(random)};
    const auto scheduler = load_scheduler_settings(file.path(), {});
    const auto ssp = load_ssp_settings(file.path(), {});
    for (const auto* problems : {&scheduler.problems, &ssp.problems})
      for (const auto& problem : *problems) CHECK_FALSE(to_string(problem).empty());
    right += scheduler.ok() ? 1 : 0;
  }
  // Else the files would be too far from one that means something.
  CHECK(right > rounds / 50);
  CHECK(right < rounds);
}
