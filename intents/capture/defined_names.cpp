#include "intents/capture/defined_names.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace spooky::intents {

query_text render(const list_names&) { return {"INFO FOR DB STRUCTURE; INFO FOR DB", {}}; }

namespace {

/// How the hash of a user's password begins in his definition; SurrealDB from 3.3 on says
/// [REDACTED] itself.
constexpr std::string_view hash_begins = "PASSHASH '";

/// The definition of a user without what a password could be guessed from.
std::string without_hash(std::string text) {
  const auto begin = text.find(hash_begins);
  if (begin == std::string::npos) return text;
  const auto hash = begin + hash_begins.size();
  const auto end = text.find('\'', hash);
  return text.replace(hash, end == std::string::npos ? end : end - hash, "[REDACTED]");
}

/// INFO FOR DB as it may be kept and told.
value without_hashes(const value& texts) {
  if (!texts["users"].is_object()) return texts;
  object users;
  for (const auto& [name, text] : texts["users"].as_object())
    if (text.is_string()) users.set(name, value{without_hash(std::string{text.as_string()})});
  auto all = texts.as_object();
  all.set("users", value{std::move(users)});
  return value{std::move(all)};
}

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
  out.texts = without_hashes(answer[1].result);
  return out;
}

}  // namespace spooky::intents
