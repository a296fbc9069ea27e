#pragma once

#include "protocol/tree.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

namespace spooky {

/// Reads `{nodes: [path, ...], rows: [id, ...]}`; without nodes the root is meant. Fails with
/// invalid_argument, naming the field, and with limit_exceeded for too many.
result<tree_question> read_tree_question(const value& body);

/// `{seq, root, nodes: [{path, hash, count, children | leaves: [[id, version, hash]]}], rows: [[id,
/// version, row]]}`.
value to_body(const tree_answer& answer);

}  // namespace spooky
