#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/values/behaviours.hpp"

#include <string>
#include <vector>

/// Reads definitions, as definitions.hpp has them, for the evaluator.
namespace spooky::surrealql {

/// The parts of a definition that the evaluator needs: two that are equal here mean the same to it.
value evaluated_parts_of_table(const value& definition);

/// `definition`: of table_definition(). What cannot be evaluated fails where it is looked at, and
/// is named in `unread`.
catalog_table read_catalog_table(const value& definition, semantics rules,
                                 std::vector<std::string>& unread);
/// Of param_definition(). A param that cannot be read is shown to nobody but system users, as NONE.
catalog_param read_catalog_param(const value& definition, semantics rules,
                                 std::vector<std::string>& unread);
/// Of function_definition(). A body that does more than read and compute is refused, with the
/// statement; that is no failure to read.
catalog_function read_catalog_function(const value& definition, semantics rules,
                                       std::vector<std::string>& unread);

}  // namespace spooky::surrealql
