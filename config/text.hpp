#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text forms of settings values, the same in a file and in the environment.
namespace spooky::config {

/// A whole number without sign or separators, within [low, high].
std::optional<std::int64_t> parse_whole(std::string_view text, std::int64_t low, std::int64_t high);

/// A byte count: a whole number, optionally with KiB, MiB or GiB.
std::optional<std::int64_t> parse_bytes(std::string_view text, std::int64_t low, std::int64_t high);
/// The largest of those units that divides it: "16MiB".
std::string show_bytes(std::int64_t bytes);

/// true, false, yes, no, on, off, 1 or 0.
std::optional<bool> parse_switch(std::string_view text);

/// "500ms", "10s", "2m", or a number alone, which counts seconds. In milliseconds.
std::optional<std::int64_t> parse_span(std::string_view text);

/// host:port with an optional scheme out of `schemes` ("http,https") and an optional path.
bool is_endpoint(std::string_view text, std::string_view schemes);

/// "0.0.0.0:8667", "[::1]:8667" or ":8667" (every interface), split at the port.
std::optional<std::pair<std::string, std::uint16_t>> parse_listen_address(std::string_view text);

/// A name SurrealQL takes without quoting: letters, digits and _, not starting with a digit.
bool is_plain_name(std::string_view text);

/// "a  b" -> "a", "b".
std::vector<std::string> words_of(std::string_view text);
/// What a header may carry as one word: no blank, no control character, nothing beyond ASCII.
bool is_visible_ascii(std::string_view text);

/// True for addresses and names that only this machine reaches: 127.0.0.0/8, ::1, localhost.
bool is_loopback(std::string_view host);

/// "ws://user:pass@host" -> "ws://****@host".
std::string without_credentials(std::string_view text);

/// Finds the value of a variable, or nothing.
using lookup = std::function<std::optional<std::string>(const std::string&)>;

/// Replaces `${NAME}` and `${NAME:-default}`; `$${` stands for a literal `${`. On failure `missing`
/// names the variable that is not set, or is "" for an unclosed brace.
struct expansion {
  std::optional<std::string> text;
  std::string missing;
};
expansion expand(std::string_view text, const lookup& variable);

}  // namespace spooky::config
