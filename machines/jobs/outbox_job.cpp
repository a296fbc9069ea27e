#include "machines/jobs/outbox_job.hpp"

#include "surrealql/codec/json.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace spooky::machines {

namespace {

constexpr std::chrono::milliseconds max_timeout{std::chrono::hours{24}};
constexpr std::size_t max_path_bytes = 4'096;

error wrong_field(std::string_view field, std::string_view rule) {
  return fail(errc::invalid_argument, fmt::format("field '{}' must {}", field, rule));
}

bool visible(char c) { return c > ' ' && c <= '~'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// With one layer of escapes taken off.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    out += low < 0 ? text[i] : static_cast<char>(high * 16 + low);
    if (low >= 0) i += 2;
  }
  return out;
}

constexpr std::string_view cut_off{";?#\0", 4};

bool has_dots(std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find_first_of("/\\"), path.size());
    // Some servers cut off parameters, or all behind a zero, before they look at dots: "..;x".
    const auto segment = path.substr(0, std::min(path.find_first_of(cut_off), end));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

/// Whether a segment is "." or ".." for anybody on the way, however often he takes off escapes.
bool leads_astray(std::string_view path) {
  std::string seen{path.substr(0, path.find('?'))};
  for (;;) {
    if (has_dots(seen)) return true;
    auto next = unescaped(seen);
    if (next == seen) return false;
    seen = std::move(next);
  }
}

result<std::string> read_path(const value& field) {
  static constexpr std::string_view rule =
      "be a path such as \"/send\", of visible ASCII characters, without '#' and '..'";
  if (!field.is_string()) return wrong_field("path", rule);
  const auto text = field.as_string();
  const bool fit = !text.empty() && text.size() <= max_path_bytes &&
                   std::all_of(text.begin(), text.end(), visible) &&
                   text.find('#') == std::string_view::npos && !leads_astray(text);
  if (!fit) return wrong_field("path", rule);
  return (text.starts_with('/') ? "" : "/") + std::string{text};
}

result<std::shared_ptr<const std::string>> read_body(const value& payload) {
  if (payload.is_none()) return std::shared_ptr<const std::string>{};
  if (!payload.is_string()) return std::make_shared<const std::string>(surrealql::to_json(payload));
  const auto parsed = surrealql::parse_json(payload.as_string());
  if (!parsed.ok())
    return wrong_field("payload", "be JSON where it is text: " + parsed.failure().message);
  return std::make_shared<const std::string>(payload.as_string());
}

/// Seconds as a number of any type; nothing for what is no number.
std::optional<double> as_seconds(const value& field) {
  switch (field.type()) {
    case value_type::integer:
      return static_cast<double>(field.as_integer());
    case value_type::floating:
      return field.as_floating();
    case value_type::duration: {
      const auto span = field.as_duration();
      return static_cast<double>(span.seconds) + static_cast<double>(span.nanos) / 1e9;
    }
    default:
      return std::nullopt;
  }
}

result<std::optional<std::chrono::milliseconds>> read_timeout(const value& field) {
  if (field.is_nullish()) return std::optional<std::chrono::milliseconds>{};
  const auto seconds = as_seconds(field);
  const bool fit = seconds && *seconds >= 0.001 &&
                   *seconds <= std::chrono::duration<double>{max_timeout}.count();
  if (!fit) return wrong_field("timeout", "be a duration or seconds, from 1ms to 24h");
  return std::optional{std::chrono::milliseconds{std::llround(*seconds * 1'000)}};
}

result<std::uint64_t> read_count(const value& record, std::string_view name,
                                 std::uint64_t fallback) {
  const auto& field = record[name];
  if (field.is_nullish()) return fallback;
  if (field.type() != value_type::integer || field.as_integer() < 0)
    return wrong_field(name, "be a whole number from 0 on");
  return static_cast<std::uint64_t>(field.as_integer());
}

}  // namespace

result<retry_strategy> read_strategy(const value& field) {
  if (field.is_nullish() || field == value{"linear"}) return retry_strategy::linear;
  if (field == value{"exponential"}) return retry_strategy::exponential;
  return wrong_field("retry_strategy", "be 'linear' or 'exponential'");
}

result<outbox_job> read_outbox_job(const value& record) {
  outbox_job job;
  SPOOKY_ASSIGN(job.path, read_path(record["path"]));
  SPOOKY_ASSIGN(job.body, read_body(record["payload"]));
  SPOOKY_ASSIGN(job.timeout, read_timeout(record["timeout"]));
  SPOOKY_ASSIGN(job.retries, read_count(record, "retries", 0));
  SPOOKY_ASSIGN(job.max_retries, read_count(record, "max_retries", job.max_retries));
  SPOOKY_ASSIGN(job.strategy, read_strategy(record["retry_strategy"]));
  return job;
}

std::uint64_t read_retries(const value& record) noexcept {
  const auto& retries = record["retries"];
  return retries.type() == value_type::integer && retries.as_integer() > 0
             ? static_cast<std::uint64_t>(retries.as_integer())
             : 0;
}

std::chrono::milliseconds remaining_pause(const value& record, const value& now,
                                          std::uint64_t seed) {
  const auto retries = read_retries(record);
  const auto& since = record["updated_at"];
  if (retries == 0 || since.type() != value_type::datetime || now.type() != value_type::datetime)
    return {};
  const auto strategy = read_strategy(record["retry_strategy"]).value_or(retry_strategy::linear);
  const auto passed = std::chrono::seconds{now.as_datetime().seconds - since.as_datetime().seconds};
  const auto left = retry_pause(strategy, retries - 1, seed) - passed;
  return std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds{0}, max_retry_pause);
}

std::string idempotency_key(const record_id& job, std::uint64_t attempt) {
  std::string key;
  for (const char c : surrealql::to_text(job)) {
    if (visible(c) && c != '%')
      key += c;
    else
      key += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return key + ":" + std::to_string(attempt);
}

}  // namespace spooky::machines
