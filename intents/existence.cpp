#include "intents/existence.hpp"

#include "surrealql/values/text.hpp"

namespace spooky::intents {

namespace {

/// `kind` is "namespace" or "database"; INFO lists them under its plural.
result<done> listed(const db_answer& answer, const std::string& kind, const std::string& name) {
  if (!check_statements(answer).ok() || answer.empty()) return done{};
  const auto& known = answer.back().result[kind + "s"];
  if (!known.is_object() || !known[name].is_none()) return done{};
  return fail(errc::not_found, "the " + kind + " \"" + name + "\" does not exist: mend db." + kind +
                                   ", or have `spooky schema --apply` or db.create define it");
}

}  // namespace

query_text render(const find_namespace&) { return {"INFO FOR ROOT", {}}; }

result<done> read(const find_namespace& asked, const db_answer& answer) {
  return listed(answer, "namespace", asked.name);
}

query_text render(const find_database& asked) {
  return {"USE NS " + surrealql::escape_name(asked.ns) + "; INFO FOR NS", {}};
}

result<done> read(const find_database& asked, const db_answer& answer) {
  return listed(answer, "database", asked.name);
}

}  // namespace spooky::intents
