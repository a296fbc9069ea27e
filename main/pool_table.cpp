#include "main/pool_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace spooky::process {

namespace {

constexpr std::size_t columns = 9;
using line = std::array<std::string, columns>;

std::string count(const value& n) {
  return n.type() == value_type::integer ? std::to_string(n.as_integer()) : "-";
}

double number(const value& n) {
  if (n.type() == value_type::integer) return static_cast<double>(n.as_integer());
  return n.type() == value_type::floating ? n.as_floating() : 0;
}

std::string text(const value& t) { return t.is_string() ? std::string{t.as_string()} : "-"; }

/// What the SSP has not acknowledged of the log.
std::string lag(const value& seq, const value& acked) {
  if (seq.type() != value_type::integer || acked.type() != value_type::integer) return "-";
  return std::to_string(std::max<std::int64_t>(0, seq.as_integer() - acked.as_integer()));
}

std::string bytes(const value& n) {
  if (!n.is_number()) return "-";
  return fmt::format("{:.0f} MB", number(n) / (1024 * 1024));
}

std::string percent(const value& share) {
  return share.is_number() ? fmt::format("{:.0f} %", number(share) * 100) : "-";
}

std::string ago(const value& seconds) {
  return seconds.is_number() ? fmt::format("{:.1f} s", number(seconds)) : "-";
}

line row_of(const value& ssp, const value& seq) {
  return {text(ssp["id"]),
          text(ssp["state"]),
          count(ssp["views"]),
          lag(seq, ssp["acked_seq"]),
          count(ssp["buffered"]),
          percent(ssp["cpu_usage"]),
          bytes(ssp["memory_usage"]),
          ago(ssp["last_heartbeat_seconds_ago"]),
          count(ssp["epoch"])};
}

std::string aligned(const std::vector<line>& lines) {
  std::array<std::size_t, columns> widths{};
  for (const auto& cells : lines)
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], cells[i].size());
  std::string out;
  for (const auto& cells : lines) {
    std::string row;
    for (std::size_t i = 0; i < columns; ++i) {
      // Words to the left, numbers to the right.
      row += i < 2 ? fmt::format("{:<{}}", cells[i], widths[i])
                   : fmt::format("{:>{}}", cells[i], widths[i]);
      if (i + 1 < columns) row += "  ";
    }
    out += row + '\n';
  }
  return out;
}

}  // namespace

std::string pool_table(const value& metrics) {
  const auto& scheduler = metrics["scheduler"];
  auto out =
      fmt::format("scheduler  {}  seq {}  {} of {} SSPs ready  {} views", text(scheduler["state"]),
                  count(scheduler["seq"]), count(scheduler["ready_ssps"]),
                  count(scheduler["total_ssps"]), count(scheduler["registered_views"]));
  if (number(scheduler["waiting_views"]) > 0)
    out += fmt::format(", {} of them without an SSP", count(scheduler["waiting_views"]));
  out += '\n';
  const auto& ssps = metrics["ssps"];
  if (!ssps.is_array() || ssps.as_array().empty()) return out;
  std::vector<line> lines{
      {"SSP", "STATE", "VIEWS", "LAG", "BUFFER", "CPU", "MEMORY", "HEARTBEAT", "EPOCH"}};
  for (const auto& ssp : ssps.as_array()) lines.push_back(row_of(ssp, scheduler["seq"]));
  return out + '\n' + aligned(lines);
}

}  // namespace spooky::process
