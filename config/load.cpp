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

template <class Settings>
void add_variables(const std::vector<setting<Settings>>& catalogue, std::set<std::string>& names) {
  for (const auto& s : catalogue) names.insert(s.variables.begin(), s.variables.end());
}

/// Sets what variables say.
template <class Settings>
void read_environment(applier<Settings>& apply, const std::vector<setting<Settings>>& catalogue,
                      const environment& env) {
  for (const auto& s : catalogue) {
    for (const auto& name : s.variables) {
      if (const auto text = variable(env, name)) {
        apply.from_variable(s, name, *text);
        break;
      }
    }
  }
}

/// Container platforms invent variables under the same prefix: SPOOKY_SCHEDULER_SERVICE_HOST,
/// SPOOKY_SCHEDULER_PORT_9667_TCP_ADDR.
bool is_of_platform(std::string_view name) {
  if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos)
    return true;
  const auto port = name.find("_PORT");
  if (port == std::string_view::npos) return false;
  const auto rest = name.substr(port + 5);
  return rest.empty() || (rest.size() > 1 && rest[0] == '_' && rest[1] >= '0' && rest[1] <= '9');
}

/// Warns of variables that look like ours and that neither process has.
void check_variables(const std::set<std::string>& known, const environment& env,
                     std::vector<problem>& warnings) {
  for (const auto& [name, text] : env) {
    if (!name.starts_with("SPOOKY_") || known.contains(name) || is_of_platform(name)) continue;
    constexpr std::size_t slip = 3;
    std::string meant;
    std::size_t best = slip;
    for (const auto& candidate : known) {
      const auto distance = edit_distance(name, candidate);
      if (distance >= best) continue;
      best = distance;
      meant = candidate;
    }
    warnings.push_back(
        {"environment",
         0,
         0,
         name,
         {},
         meant.empty() ? "is ignored: it is no variable of Spooky's; docs/operations.md lists them"
                       : "is ignored; did you mean " + meant + "?"});
  }
}

template <class Settings, class Other>
loaded<Settings> load(const std::vector<setting<Settings>>& catalogue,
                      const std::vector<setting<Other>>& other, std::string section,
                      std::string other_section, const std::optional<std::string>& path,
                      const environment& env) {
  loaded<Settings> out;
  out.file = choose_file(path, env);
  applier<Settings> apply(
      out.settings, catalogue, out.file,
      [&env](const std::string& name) { return variable(env, name); }, out.problems);
  if (!out.file.empty()) {
    if (const auto root = read_document(out.file, out.problems))
      apply.from_file(*root, section, other_section, keys_of(other));
  }
  read_environment(apply, catalogue, env);
  std::set<std::string> variables{"SPOOKY_CONFIG_PATH"};
  add_variables(catalogue, variables);
  add_variables(other, variables);
  check_variables(variables, env, out.warnings);
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

loaded<scheduler_process> load_scheduler_settings(const std::optional<std::string>& path,
                                                  const environment& env) {
  return load(scheduler_catalogue(), ssp_catalogue(), "scheduler", "ssp", path, env);
}

loaded<ssp_process> load_ssp_settings(const std::optional<std::string>& path,
                                      const environment& env) {
  return load(ssp_catalogue(), scheduler_catalogue(), "ssp", "scheduler", path, env);
}

}  // namespace spooky::config
