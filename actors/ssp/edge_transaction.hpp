#pragma once

#include "actors/messages.hpp"
#include "config/settings.hpp"
#include "machines/ssp/edge_ledger.hpp"

#include <set>
#include <string>

namespace spooky::actors {

/// How edges look in this installation.
struct edge_format {
  std::string prefix = "_spooky_";
  spooky::ssp_id ssp_id;
  config::edge_removal removal = config::edge_removal::bump_then_delete;

  std::string query_table() const { return prefix + "query"; }
  std::string edge_table() const { return prefix + "list_ref"; }
};

/// The record of a view in `_spooky_query`.
value query_record(const edge_format& format, const view_id& view_id);

/// One transaction that writes a batch: edges put, bumped, deleted, and the rows of `_spooky_query`
/// they belong to, so that whoever sees `state` and `rowCount` sees the edges they describe.
/// Every value is a bound parameter. Refused as a whole if one of its views is not ours any more
/// (see view_ownership).
db_query edge_transaction(const edge_format& format, const edge_ledger::batch& batch);

/// All query records, and their reading. Records that cannot be read are left out and named in
/// `skipped`.
db_query stored_views_query(const edge_format& format);
registrations read_stored_views(const value& rows, std::vector<std::string>& skipped);

/// Three statements: ids of this SSP's views whose `lastActiveAt + ttl` has passed, by the
/// database's clock; of the `written` ones those whose record is gone, whoever owned it, and those
/// whose record another SSP owns now.
db_query ended_views_query(const edge_format& format, const std::set<view_id>& written);
/// The keys of a list of query records.
std::vector<view_id> read_view_keys(const value& ids);

/// Notes that a view's client is alive; answers with an empty array if there is no such record.
db_query touch_view_query(const edge_format& format, const view_id& view_id);

/// The key of a query record's id, as registrations name it.
view_id view_key(const record_id& id);

}  // namespace spooky::actors
