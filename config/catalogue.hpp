#pragma once

#include "config/access.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::config {

/// One key of the settings: how to recognise, read, show and explain it.
template <class Settings>
struct setting {
  enum class form : std::uint8_t { scalar, list, map };

  std::string key;                     ///< dotted, as in the file
  std::vector<std::string> variables;  ///< the first one that is set wins
  std::string meaning;                 ///< for docs/operations.md
  std::string allowed;                 ///< "a whole number from 1 to 65535"
  bool secret = false;                 ///< never shown
  form shape = form::scalar;
  /// A list whose entries may be written as one text too, apart by blanks; in variables always.
  bool blank_separated = false;
  std::string alias;  ///< another spelling of the key; may be empty

  /// Stores `text`; false if it is not allowed. For a list or map: adds one entry (`name` is the
  /// map's key), after `clear`.
  std::function<bool(Settings&, std::string_view name, std::string_view text)> assign;
  std::function<void(Settings&)> clear;
  std::function<std::string(const Settings&)> show;  ///< as it would stand in a file
};

/// Every key but `backends`, in the order of the documentation. Built once.
const std::vector<setting<scheduler_process>>& scheduler_catalogue();
const std::vector<setting<ssp_process>>& ssp_catalogue();
/// The keys inside `backends.<name>`; no variables, since values may hold `${NAME}`.
const std::vector<setting<backend_settings>>& backend_catalogue();

/// "db.url" -> "DB_URL".
std::string variable_suffix(std::string_view key);

}  // namespace spooky::config
