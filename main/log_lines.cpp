#include "main/log_lines.hpp"

#include "surrealql/codec/json.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>

namespace spooky::process {

namespace {

/// What controls rather than shows: C0, DEL, C1, and Unicode's separators of lines and paragraphs.
struct control_character {
  unsigned code = 0;
  std::size_t length = 0;  ///< in bytes; 0: it is none
};

control_character control_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned first = byte(0);
  if (first < 0x20 || first == 0x7f) return {first, 1};
  if (first == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return {byte(1), 2};
  if (first == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9))
    return {0x2000u + (byte(2) & 0x3fu), 3};
  return {};
}

std::string as_one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto control = control_at(text, at);
    if (control.length == 0) {
      out += text[at++];
      continue;
    }
    out += control.code == '\n' ? std::string{"\\n"} : fmt::format("\\u{{{:x}}}", control.code);
    at += control.length;
  }
  return out;
}

std::string as_json(std::string_view text) { return surrealql::to_json(value{text}); }

/// `%*`: the message as `Escape` makes it.
template <std::string (*Escape)(std::string_view)>
class escaped_message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const auto escaped = Escape({message.payload.data(), message.payload.size()});
    out.append(escaped.data(), escaped.data() + escaped.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<escaped_message>();
  }
};

template <std::string (*Escape)(std::string_view)>
std::unique_ptr<spdlog::formatter> formatter_of(const char* pattern) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<escaped_message<Escape>>('*').set_pattern(pattern);
  return formatter;
}

}  // namespace

std::unique_ptr<spdlog::formatter> text_formatter() {
  return formatter_of<as_one_line>("%Y-%m-%dT%H:%M:%S.%e %^%-7l%$ %*");
}

std::unique_ptr<spdlog::formatter> json_formatter() {
  return formatter_of<as_json>(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
}

}  // namespace spooky::process
