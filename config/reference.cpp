#include "config/reference.hpp"

#include "config/catalogue.hpp"

#include <map>
#include <vector>

namespace spooky::config {
namespace {

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + code(name);
  return out.empty() ? "-" : out;
}

template <class Settings>
std::string shown_default(const setting<Settings>& s) {
  if (s.secret && s.show(Settings{}).empty()) return "-";
  const std::string text = s.show(Settings{});
  return text.empty() ? "-" : code(text);
}

template <class Settings>
std::string explained(const setting<Settings>& s) {
  const bool plain = s.allowed == "any text" || s.allowed == "a path" || s.allowed == "a name";
  return s.meaning + (plain ? "" : " *Allowed:* " + s.allowed + ".");
}

constexpr auto header = "| key | default | variables | meaning |\n| --- | --- | --- | --- |\n";

template <class Settings>
std::string row(const setting<Settings>& s) {
  return "| " + code(s.key) + " | " + shown_default(s) + " | " + joined(s.variables) + " | " +
         explained(s) + " |\n";
}

std::string shared_row(const setting<scheduler_process>& a, const setting<ssp_process>& b) {
  std::string value = shown_default(a);
  if (shown_default(b) != value) value += ", SSP " + shown_default(b);
  std::vector<std::string> variables = a.variables;
  for (const auto& name : b.variables)
    if (name != variables.front()) variables.push_back(name);
  return "| " + code(a.key) + " | " + value + " | " + joined(variables) + " | " + explained(a) +
         " |\n";
}

}  // namespace

std::string settings_reference() {
  std::map<std::string, const setting<ssp_process>*> of_ssp;
  for (const auto& s : ssp_catalogue()) of_ssp.emplace(s.key, &s);

  std::string shared, scheduler_only, ssp_only, backend;
  for (const auto& s : scheduler_catalogue()) {
    const auto same = of_ssp.find(s.key);
    const bool common = same != of_ssp.end() && s.key != "id";
    (common ? shared : scheduler_only) += common ? shared_row(s, *same->second) : row(s);
    if (common) of_ssp.erase(same);
  }
  for (const auto& s : ssp_catalogue())
    if (of_ssp.contains(s.key)) ssp_only += row(s);
  for (const auto& s : backend_catalogue())
    backend += "| " + code(s.key) + " | " + shown_default(s) + " | " + explained(s) + " |\n";

  return std::string("### Both processes\n\n") + header + shared + "\n### Scheduler\n\n" + header +
         scheduler_only + "\n### SSP\n\n" + header + ssp_only +
         "\n### `backends.<name>`\n\n| key | default | meaning |\n| --- | --- | --- |\n" + backend;
}

}  // namespace spooky::config
