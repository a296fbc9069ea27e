#include "config/reference.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

using namespace spooky::config;

namespace {

constexpr std::string_view begin_mark = "<!-- settings: generated -->\n";
constexpr std::string_view end_mark = "<!-- end of settings -->\n";

}  // namespace

TEST_CASE("docs/operations.md holds the settings as they are") {
  const std::string path = std::string(SPOOKY_SOURCE_DIR) + "/docs/operations.md";
  std::ostringstream read;
  read << std::ifstream(path).rdbuf();
  std::string text = read.str();
  const auto begin = text.find(begin_mark);
  const auto end = text.find(end_mark);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const auto from = begin + begin_mark.size();
  const std::string wanted = "\n" + settings_reference() + "\n";
  if (std::getenv("SPOOKY_UPDATE_EXPECTED") != nullptr) {
    text.replace(from, end - from, wanted);
    std::ofstream(path) << text;
    return;
  }
  CHECK_MESSAGE(text.substr(from, end - from) == wanted,
                "run the test with SPOOKY_UPDATE_EXPECTED=1 to write the table anew");
}

TEST_CASE("the reference shows the contract's names and no secret") {
  const std::string text = settings_reference();
  for (const auto name : {"SPOOKY_SCHEDULER_DB_URL", "SURREALDB_ADDR", "LISTEN_ADDR", "SSP_ID",
                          "SCHEDULER_ID", "HEARTBEAT_INTERVAL_MS", "TTL_CLEANUP_INTERVAL_SECS",
                          "SPOOKY_AUTH_SECRET", "ADVERTISE_ADDR", "`snapshot_update_interval_secs`",
                          "`max_buffer_per_ssp`", "`backends.<name>`"})
    CHECK_MESSAGE(text.find(name) != std::string::npos, name);
}
