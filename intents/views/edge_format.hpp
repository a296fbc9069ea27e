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
  std::string edge_table() const { return prefix + "list_ref"; }
};

/// The record of a view in `_spooky_query`.
value query_record(const edge_format& format, const view_id& view);

/// The key of a query record's id, as registrations name it.
view_id view_key(const record_id& id);

/// The keys of a list of query records; what is no record is left out.
std::vector<view_id> read_view_keys(const value& ids);

}  // namespace spooky::intents
