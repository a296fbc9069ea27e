#include "main/allowlist_file.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::process {

namespace {

constexpr std::chrono::seconds look_interval{5};
constexpr std::uintmax_t longest_file = 64 << 20;

using file_state = std::optional<std::pair<std::filesystem::file_time_type, std::uintmax_t>>;

file_state state_of(const std::string& path) {
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(path, missing);
  if (missing) return std::nullopt;
  const auto size = std::filesystem::file_size(path, missing);
  if (missing) return std::nullopt;
  return std::pair{changed, size};
}

/// Looks again and again, for as long as somebody asks the list.
void keep_in_step(net::io_runtime& io, const std::string& path, const file_state& seen,
                  const std::weak_ptr<actors::allowed_queries>& queries) {
  io.after(look_interval, [&io, path, seen, queries] {
    const auto kept = queries.lock();
    if (!kept) return;
    const auto now = state_of(path);
    if (now != seen) {
      auto list = read_allowlist(path);
      if (list.ok()) {
        spdlog::info("{} has changed: {} shapes", path, list->shapes().size());
        kept->replace(std::move(*list));
      } else {
        spdlog::error("the former allowlist stays: {}", list.failure().message);
      }
    }
    keep_in_step(io, path, now, queries);
  });
}

}  // namespace

result<machines::allowlist> read_allowlist(const std::string& path) {
  const auto state = state_of(path);
  if (!state) return fail(errc::not_found, path + " cannot be read");
  if (state->second > longest_file)
    return fail(errc::limit_exceeded, path + " is larger than any list of shapes");
  std::ifstream file{path};
  std::ostringstream text;
  if (!file || (state->second > 0 && !(text << file.rdbuf())))
    return fail(errc::io_error, path + " cannot be read");
  auto list = machines::allowlist::read(text.str());
  if (!list.ok()) return fail(list.failure().code, path + ": " + list.failure().message);
  return list;
}

result<void> write_allowlist(const std::string& path, const machines::allowlist& list) {
  const auto beside = path + ".new";
  {
    std::ofstream file{beside};
    file << list.text() << std::flush;
    if (!file) return fail(errc::io_error, beside + " cannot be written");
  }
  std::error_code failed;
  std::filesystem::rename(beside, path, failed);
  if (failed) return fail(errc::io_error, path + " cannot be written: " + failed.message());
  return {};
}

result<std::shared_ptr<actors::allowed_queries>> open_allowlist(
    net::io_runtime& io, const config::common_settings& settings,
    const config::allowlist_settings& allowlist) {
  if (allowlist.mode == config::allowlist_mode::off)
    return std::shared_ptr<actors::allowed_queries>{};
  actors::allowed_queries_config config;
  config.mode = allowlist.mode;
  config.system_exempt = allowlist.system_exempt;
  config.text.bytes = settings.limits.query_bytes;
  config.text.depth = settings.limits.parse_depth;
  auto queries = std::make_shared<actors::allowed_queries>(config);
  const auto seen = state_of(allowlist.file);
  auto list = read_allowlist(allowlist.file);
  const bool refuses = allowlist.mode == config::allowlist_mode::enforce;
  if (!list.ok() && (refuses || list.failure().code != errc::not_found))
    return fail(list.failure().code, "allowlist.file: " + list.failure().message);
  if (list.ok())
    queries->replace(std::move(*list));
  else
    spdlog::warn("allowlist.file: {}, so every query is warned of", list.failure().message);
  keep_in_step(io, allowlist.file, seen, queries);
  return queries;
}

}  // namespace spooky::process
