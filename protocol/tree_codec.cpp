#include "protocol/tree_codec.hpp"

#include "protocol/fields.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <string_view>

namespace spooky {

namespace {

constexpr std::size_t deepest = 64;

bool is_path(std::string_view text) {
  return text.size() <= deepest && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

result<const array*> read_list(const value& body, const char* field, std::size_t most) {
  static const array nothing;
  const auto& list = body[field];
  if (list.is_nullish()) return &nothing;
  if (!list.is_array()) return fields::wrong(field, "must be an array");
  if (list.as_array().size() > most)
    return fail(errc::limit_exceeded, "'" + std::string{field} + "' has " +
                                          std::to_string(list.as_array().size()) +
                                          " items; ask for at most " + std::to_string(most));
  return &list.as_array();
}

value to_value(const tree_node& node) {
  object told{{"path", value{node.path}},
              {"hash", value{node.hash}},
              {"count", fields::of_count(node.count)}};
  array below;
  for (const auto& hash : node.children) below.emplace_back(hash);
  if (!node.children.empty()) {
    told.set("children", value{std::move(below)});
    return value{std::move(told)};
  }
  for (const auto& leaf : node.leaves)
    below.emplace_back(array{leaf.id, fields::of_count(leaf.version), value{leaf.hash}});
  told.set("leaves", value{std::move(below)});
  return value{std::move(told)};
}

}  // namespace

result<tree_question> read_tree_question(const value& body) {
  if (!body.is_object()) return fail(errc::invalid_argument, "the body must be an object");
  tree_question asked;
  SPOOKY_ASSIGN(const auto* nodes, read_list(body, "nodes", tree_question::most_nodes));
  for (const auto& path : *nodes) {
    if (!path.is_string() || !is_path(path.as_string()))
      return fields::wrong("nodes", "must hold texts of hexadecimal digits, at most 64");
    asked.paths.emplace_back(path.as_string());
  }
  SPOOKY_ASSIGN(const auto* rows, read_list(body, "rows", tree_question::most_rows));
  for (const auto& id : *rows) {
    if (!id.is_string() && !id.is_record()) return fields::wrong("rows", "must hold record ids");
    asked.rows.insert(id.is_string() ? std::string{id.as_string()}
                                     : surrealql::to_text(id.as_record()));
  }
  if (asked.paths.empty() && asked.rows.empty()) asked.paths.emplace_back();
  return asked;
}

value to_body(const tree_answer& answer) {
  array nodes;
  for (const auto& node : answer.tree.nodes) nodes.push_back(to_value(node));
  array rows;
  for (const auto& [id, version, row] : answer.rows)
    rows.emplace_back(array{value{id}, fields::of_count(version), row});
  return value{object{{"seq", fields::of_number(answer.tree.seq)},
                      {"root", value{answer.tree.root}},
                      {"nodes", value{std::move(nodes)}},
                      {"rows", value{std::move(rows)}}}};
}

}  // namespace spooky
