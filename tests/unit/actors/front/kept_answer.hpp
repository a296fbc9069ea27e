#pragma once

#include "net/http.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

namespace spooky::actors::test {

/// Keeps the one answer.
class kept_answer final : public net::responder {
 public:
  void send(net::http_response response) override {
    REQUIRE_FALSE(answer.has_value());
    answer = std::move(response);
  }
  void begin(unsigned, std::string, net::http_headers) override { FAIL("not streamed"); }
  void write(std::string, std::function<void(bool)>) override { FAIL("not streamed"); }
  void finish() override { FAIL("not streamed"); }
  void abort() override { FAIL("not streamed"); }

  std::optional<net::http_response> answer;
};

}  // namespace spooky::actors::test
