#pragma once

#include "config/catalogue.hpp"
#include "config/document.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spooky::config {

/// Where a key got its value from, refused ones included, for problems found later.
using place_map = std::map<std::string, problem>;

/// Puts the texts of a file or the environment into settings by way of a catalogue, and turns
/// whatever does not fit into problems.
template <class Settings>
class applier {
 public:
  applier(Settings& settings, const std::vector<setting<Settings>>& catalogue, std::string file,
          lookup variable, std::vector<problem>& problems)
      : settings_(settings),
        catalogue_(catalogue),
        file_(std::move(file)),
        variable_(std::move(variable)),
        problems_(problems) {}

  /// The whole file: the top level first, then this process's own `section` over it. Of keys that
  /// only the other process has, the names are known and the values left alone.
  void from_file(const node& root, const std::string& section, const std::string& other_section,
                 const std::set<std::string>& other_keys) {
    const std::set<std::string> none;
    const member* own = nullptr;
    for (const auto& m : root.members) {
      if (m.key == section) {
        own = &m;
      } else if (m.key == other_section) {
        check_names(m, other_keys);
      } else {
        from_member(m, "", "", other_keys);
      }
    }
    if (own == nullptr) return;
    if (own->value.type != node::kind::map) return expects_section(*own, own->key);
    for (const auto& m : own->value.members) from_member(m, "", section + ".", none);
  }

  /// The keys of one map, such as `backends.<name>`; `shown` is what precedes them in the file.
  void from_members(const node& map, const std::string& shown) {
    for (const auto& m : map.members) from_member(m, "", shown, {});
  }

  /// One variable's text: lists separate items with commas, maps hold name=value.
  void from_variable(const setting<Settings>& s, const std::string& name, const std::string& text) {
    const problem at{"environment", 0, 0, name, shown_value(s, text), {}};
    if (s.shape == setting<Settings>::form::scalar) return assign(s, "", text, at);
    s.clear(settings_);
    if (s.blank_separated) return assign(s, "", text, at);
    std::size_t begin = 0;
    while (begin <= text.size()) {
      const auto end = std::min(text.find(',', begin), text.size());
      const auto entry = trimmed(text.substr(begin, end - begin));
      begin = end + 1;
      const auto equals = s.shape == setting<Settings>::form::map ? entry.find('=') : 0;
      if (equals == std::string::npos)
        refuse(at, "must be " + s.allowed + ", written as name=value,name=value");
      else if (s.shape == setting<Settings>::form::map)
        assign(s, trimmed(entry.substr(0, equals)), trimmed(entry.substr(equals + 1)), at);
      else
        assign(s, "", entry, at);
    }
  }

  const place_map& places() const noexcept { return places_; }

 private:
  static std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
  }

  static std::string shown_value(const setting<Settings>& s, const std::string& text) {
    return s.secret ? "****" : without_credentials(text);
  }

  const setting<Settings>* find(const std::string& key, const node& value) const {
    for (const auto& s : catalogue_) {
      if (s.key == key) return &s;
      if (s.alias == key && value.type != node::kind::map) return &s;
    }
    return nullptr;
  }

  static bool is_group(const std::string& key, const std::set<std::string>& keys) {
    const auto it = keys.lower_bound(key + ".");
    return it != keys.end() && it->starts_with(key + ".");
  }

  std::set<std::string> own_keys() const {
    std::set<std::string> keys;
    for (const auto& s : catalogue_) keys.insert(s.key);
    return keys;
  }

  /// `parent` is the key so far ("db."), `shown` what precedes it in the file ("scheduler.").
  void from_member(const member& m, const std::string& parent, const std::string& shown,
                   const std::set<std::string>& other_keys) {
    const std::string key = parent + m.key;
    if constexpr (requires { settings_.backends; }) {
      if (key == "backends") return read_backends(m, shown);
    }
    if (const auto* s = find(key, m.value)) return from_value(*s, m, shown + key);
    const bool group = is_group(key, own_keys()) || is_group(key, other_keys);
    if (other_keys.contains(key) && (!group || m.value.type != node::kind::map)) return;
    if (group) {
      if (m.value.type == node::kind::empty) return;
      if (m.value.type != node::kind::map) return expects_section(m, shown + key);
      for (const auto& inner : m.value.members) from_member(inner, key + ".", shown, other_keys);
      return;
    }
    unknown(m, key, shown, other_keys);
  }

  void unknown(const member& m, const std::string& key, const std::string& shown,
               const std::set<std::string>& other_keys) {
    std::vector<std::string> known;
    for (const auto& k : own_keys()) known.push_back(k);
    known.insert(known.end(), other_keys.begin(), other_keys.end());
    if constexpr (requires { settings_.backends; }) known.emplace_back("backends");
    if (shown.empty()) known.insert(known.end(), {"scheduler", "ssp"});
    const std::string meant = nearest(key, known);
    refuse({file_, m.line, m.column, shown + key, {}, {}},
           meant.empty() ? "is not a known key; docs/operations.md lists all of them"
                         : "is not a known key; did you mean " + shown + meant + "?");
  }

  void expects_section(const member& m, const std::string& key) {
    refuse({file_, m.value.line, m.value.column, key, m.value.text, {}},
           "must be a section of indented `key: value` lines");
  }

  void from_value(const setting<Settings>& s, const member& m, const std::string& shown) {
    const node& value = m.value;
    const bool list = s.shape == setting<Settings>::form::list;
    const bool map = s.shape == setting<Settings>::form::map;
    const auto wanted = list ? node::kind::list : map ? node::kind::map : node::kind::scalar;
    if (value.type == node::kind::empty)
      return refuse({file_, m.line, m.column, shown, {}, {}},
                    "has no value; it must be " + s.allowed + ", or leave the line out");
    if (s.blank_separated && value.type == node::kind::scalar) {
      s.clear(settings_);
      return from_scalar(s, "", value, shown);
    }
    if (value.type != wanted) {
      problem at{file_, value.line, value.column, shown, {}, {}};
      if (value.type == node::kind::scalar) at.value = shown_value(s, value.text);
      return refuse(std::move(at), "must be " + s.allowed);
    }
    s.clear(settings_);
    if (list) {
      for (const auto& item : value.items) from_scalar(s, "", item, shown);
    } else if (map) {
      for (const auto& entry : value.members)
        from_scalar(s, entry.key, entry.value, shown + "." + entry.key);
    } else {
      from_scalar(s, "", value, shown);
    }
  }

  void from_scalar(const setting<Settings>& s, const std::string& name, const node& value,
                   const std::string& shown) {
    problem at{file_, value.line, value.column, shown, shown_value(s, value.text), {}};
    if (value.type != node::kind::scalar) return refuse(std::move(at), "must be " + s.allowed);
    const expansion expanded = expand(value.text, variable_);
    if (!expanded.text) {
      return refuse(std::move(at), expanded.missing.empty()
                                       ? "has ${ without }; write $${ for the characters themselves"
                                       : "needs the variable " + expanded.missing +
                                             ", which is not set; ${" + expanded.missing +
                                             ":-text} gives it a default");
    }
    if (!s.secret && *expanded.text != value.text)
      at.value += " = " + without_credentials(*expanded.text);
    assign(s, name, *expanded.text, at);
  }

  void assign(const setting<Settings>& s, const std::string& name, const std::string& text,
              const problem& at) {
    places_[s.key] = at;
    if (!s.assign(settings_, name, text)) refuse(at, "must be " + s.allowed);
  }

  void refuse(problem at, std::string why) {
    at.allowed = std::move(why);
    problems_.push_back(std::move(at));
  }

  void read_backends(const member& m, const std::string& shown) {
    if (m.value.type == node::kind::empty) return;
    if (m.value.type != node::kind::map) return expects_section(m, shown + m.key);
    for (const auto& entry : m.value.members) {
      const std::string key = shown + m.key + "." + entry.key;
      if (entry.value.type != node::kind::map) {
        expects_section(entry, key);
        continue;
      }
      auto& backend = settings_.backends[entry.key] = {};
      applier<backend_settings> inner(backend, backend_catalogue(), file_, variable_, problems_);
      inner.from_members(entry.value, key + ".");
      const std::string path = "backends." + entry.key;
      places_[path] = {file_, entry.line, entry.column, key, {}, {}};
      for (const auto& [inner_key, at] : inner.places()) places_[path + "." + inner_key] = at;
    }
  }

  /// A section of the other process: names only.
  void check_names(const member& section, const std::set<std::string>& other_keys) {
    if (section.value.type == node::kind::empty) return;
    if (section.value.type != node::kind::map) return expects_section(section, section.key);
    check_names_in(section.value, "", section.key + ".", other_keys);
  }

  void check_names_in(const node& map, const std::string& parent, const std::string& shown,
                      const std::set<std::string>& other_keys) {
    for (const auto& m : map.members) {
      const std::string key = parent + m.key;
      if (is_group(key, other_keys) && m.value.type == node::kind::map) {
        check_names_in(m.value, key + ".", shown, other_keys);
        continue;
      }
      if (other_keys.contains(key) || key == "backends") continue;
      const std::string meant = nearest(key, {other_keys.begin(), other_keys.end()});
      refuse({file_, m.line, m.column, shown + key, {}, {}},
             meant.empty() ? "is not a known key; docs/operations.md lists all of them"
                           : "is not a known key; did you mean " + shown + meant + "?");
    }
  }

  Settings& settings_;
  const std::vector<setting<Settings>>& catalogue_;
  std::string file_;
  lookup variable_;
  std::vector<problem>& problems_;
  place_map places_;
};

}  // namespace spooky::config
