#pragma once

#include "config/settings.hpp"
#include "protocol/ids.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <vector>

namespace spooky::intents {

/// How edges look in this installation.
struct edge_format {
  std::string prefix = "_spooky_";
  spooky::ssp_id ssp_id;
  config::edge_removal removal = config::edge_removal::bump_then_delete;

  std::string query_table() const { return prefix + "query"; }
  std::string view_table() const { return prefix + "view"; }
  std::string owner_table() const { return prefix + "owner"; }
  std::string request_table() const { return prefix + "request"; }
  std::string edge_table() const { return prefix + "list_ref"; }
};

/// The record that clients know a query by.
value query_record(const edge_format& format, const query_key& query);
/// The record of a view in `_spooky_view`.
value view_record(const edge_format& format, const view_id& view);

/// The key of a view record's id.
view_id view_key(const record_id& id);

/// The keys of a list of view records; what is no record is left out.
std::vector<view_id> read_view_keys(const value& ids);

}  // namespace spooky::intents
