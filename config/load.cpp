#include "config/load.hpp"

#include "config/apply.hpp"
#include "config/catalogue.hpp"
#include "config/consistency.hpp"
#include "config/document.hpp"
#include "config/suggest.hpp"

#include <filesystem>
#include <set>
#include <string_view>
#include <unistd.h>

namespace spooky::config {
namespace {

constexpr auto default_file = "spooky.yml";

std::optional<std::string> variable(const environment& env, const std::string& name) {
  const auto it = env.find(name);
  if (it == env.end() || it->second.empty()) return std::nullopt;
  return it->second;
}

/// The file to read: as asked for, as the environment says, or the default one where it exists.
std::string choose_file(const std::optional<std::string>& path, const environment& env) {
  if (path) return *path;
  if (const auto named = variable(env, "SPOOKY_CONFIG_PATH")) return *named;
  std::error_code ignored;
  return std::filesystem::exists(default_file, ignored) ? default_file : "";
}

template <class Settings>
std::set<std::string> keys_of(const std::vector<setting<Settings>>& catalogue) {
  std::set<std::string> keys;
  for (const auto& s : catalogue) {
    keys.insert(s.key);
    if (!s.alias.empty()) keys.insert(s.alias);
  }
  return keys;
}

/// Sets what variables say, and warns of those that are nearly one of ours. Only nearly: container
/// platforms invent variables under the same prefix (SPOOKY_SCHEDULER_SERVICE_HOST).
template <class Settings>
void read_environment(applier<Settings>& apply, const std::vector<setting<Settings>>& catalogue,
                      std::string_view prefix, const environment& env,
                      std::vector<problem>& warnings) {
  std::vector<std::string> known{"SPOOKY_CONFIG_PATH"};
  for (const auto& s : catalogue) {
    known.insert(known.end(), s.variables.begin(), s.variables.end());
    for (const auto& name : s.variables) {
      if (const auto text = variable(env, name)) {
        apply.from_variable(s, name, *text);
        break;
      }
    }
  }
  const std::set<std::string> exact(known.begin(), known.end());
  for (const auto& [name, text] : env) {
    if (!name.starts_with(prefix) || exact.contains(name)) continue;
    for (const auto& candidate : known) {
      if (edit_distance(name, candidate) > 2) continue;
      warnings.push_back(
          {"environment", 0, 0, name, {}, "is ignored; did you mean " + candidate + "?"});
      break;
    }
  }
}

template <class Settings, class Other>
loaded<Settings> load(const std::vector<setting<Settings>>& catalogue,
                      const std::vector<setting<Other>>& other, std::string section,
                      std::string other_section, std::string_view variable_prefix,
                      const std::optional<std::string>& path, const environment& env) {
  loaded<Settings> out;
  out.file = choose_file(path, env);
  applier<Settings> apply(
      out.settings, catalogue, out.file,
      [&env](const std::string& name) { return variable(env, name); }, out.problems);
  if (!out.file.empty()) {
    if (const auto root = read_document(out.file, out.problems))
      apply.from_file(*root, section, other_section, keys_of(other));
  }
  read_environment(apply, catalogue, variable_prefix, env, out.warnings);
  check_consistency(out.settings, apply.places(), out.problems);
  return out;
}

}  // namespace

environment process_environment() {
  environment env;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return env;
}

loaded<scheduler_settings> load_scheduler_settings(const std::optional<std::string>& path,
                                                   const environment& env) {
  return load(scheduler_catalogue(), ssp_catalogue(), "scheduler", "ssp", "SPOOKY_SCHEDULER_", path,
              env);
}

loaded<ssp_settings> load_ssp_settings(const std::optional<std::string>& path,
                                       const environment& env) {
  return load(ssp_catalogue(), scheduler_catalogue(), "ssp", "scheduler", "SPOOKY_SSP_", path, env);
}

}  // namespace spooky::config
