#pragma once

#include "surrealql/values/strong.hpp"

#include <cstdint>
#include <string>

/// What names and numbers things between processes, each of a type of its own: one taken for
/// another does not compile. Positions in the log are `sequence_number` (change.hpp).
namespace spooky {

/// What clients call a query: the key of its record in `_spooky_query`, without the table.
using query_key = strong<struct query_key_kind, std::string>;

/// The key of a view's record in `_spooky_view`, without the table.
using view_id = strong<struct view_id_kind, std::string>;

/// What an SSP calls itself in the pool.
using ssp_id = strong<struct ssp_id_kind, std::string>;

/// A table of the application's database.
using table_name = strong<struct table_name_kind, std::string>;

/// Which registration of an SSP: the scheduler gives each a higher one, and what carries another is
/// not for the registration that holds. 0: none.
using registration_epoch = strong<struct registration_epoch_kind, std::uint64_t>;

/// Which placement of a view on an SSP: the fence under which the database is written. 0: before
/// the first.
using placement_epoch = strong<struct placement_epoch_kind, std::uint64_t>;

/// The number of a transaction among those that write one view under one placement epoch.
using write_count = strong<struct write_count_kind, std::uint64_t>;

}  // namespace spooky
