#include "intents/capture/defined_names.hpp"

#include <algorithm>

namespace spooky::intents {

query_text render(const list_names&) { return {"INFO FOR DB STRUCTURE; INFO FOR DB", {}}; }

namespace {

result<array> named(const value& structure, std::string_view kind) {
  const value& listed = structure[kind];
  const bool readable =
      listed.is_array() && std::all_of(listed.as_array().begin(), listed.as_array().end(),
                                       [](const value& one) { return one["name"].is_string(); });
  if (readable) return listed.as_array();
  return fail(errc::corrupt,
              "INFO FOR DB STRUCTURE answered without a list of " + std::string(kind));
}

}  // namespace

result<defined_names> read(const list_names&, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto structure, first_result(answer));
  defined_names out;
  SPOOKY_ASSIGN(out.params, named(structure, "params"));
  SPOOKY_ASSIGN(out.functions, named(structure, "functions"));
  if (answer.size() < 2 || !answer[1].result.is_object())
    return fail(errc::corrupt, "INFO FOR DB answered without an object");
  out.texts = answer[1].result;
  return out;
}

}  // namespace spooky::intents
