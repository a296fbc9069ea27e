#include "main/json_log.hpp"

#include "surrealql/codec/json.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

#include <spdlog/pattern_formatter.h>

namespace spooky::process {

namespace {

/// `%*`: the message as a JSON string, quotes included.
class escaped_message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view text{message.payload.data(), message.payload.size()};
    const auto escaped = surrealql::to_json(value{text});
    out.append(escaped.data(), escaped.data() + escaped.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<escaped_message>();
  }
};

}  // namespace

std::unique_ptr<spdlog::formatter> json_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<escaped_message>('*').set_pattern(
      R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
  return formatter;
}

}  // namespace spooky::process
