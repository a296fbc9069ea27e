#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spooky::actors {

/// Reads records again of which only the ids are known to have changed. The texts are queries with
/// the parameter `$ids`, and `$versions` where versions are counted beside the records.
inline constexpr std::string_view records_query = "SELECT * FROM $ids";
inline constexpr std::string_view versioned_records_query =
    "RETURN { rows: (SELECT * FROM $ids), versions: (SELECT * FROM $versions) }";

/// Their parameters. `version_table` is `<prefix>version`; empty: none.
object record_parameters(const std::vector<record_id>& ids, std::string_view version_table);

/// What the answer says of each id, in the order of the ids: the whole record, or a delete where it
/// is gone. Versions found beside the records are put into the changes and, under `version_field`,
/// into the records, as table events do. Fails with `corrupt` on another shape.
result<std::vector<change>> read_records(const std::vector<record_id>& ids, const value& answer,
                                         std::string_view version_field);

/// Gives a change this version, and the record in it.
void set_version(change& c, std::uint64_t version, std::string_view version_field);

}  // namespace spooky::actors
