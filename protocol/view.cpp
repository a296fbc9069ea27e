#include "protocol/view.hpp"

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>

namespace spooky {

std::optional<record_id> owner_of(const view_registration& view) {
  const value* auth = view.caller.session.find("auth");
  if (view.caller.system || auth == nullptr || !auth->is_record()) return std::nullopt;
  return auth->as_record();
}

namespace {

/// What of a session is new with every sign-in or connection tells nobody apart; all else may
/// decide what a permission shows.
object lasting_part(const object& session) {
  object lasting = session;
  const auto strip = [&](const char* part, std::initializer_list<const char*> passing) {
    const value* said = session.find(part);
    if (said == nullptr || !said->is_object()) return;
    object kept = said->as_object();
    for (const char* name : passing) kept.erase(name);
    lasting.set(part, value{std::move(kept)});
  };
  strip("token", {"exp", "iat", "nbf", "jti"});
  strip("session", {"id", "exp", "tk"});
  return lasting;
}

/// SHA-256 in hexadecimal digits.
std::string hash_of(const value& subject) {
  static const auto hash = *surrealql::parse_expression("crypto::sha256($text)");
  const object params{{"text", value{surrealql::to_text(subject)}}};
  surrealql::eval_context context;
  context.params = &params;
  return std::string{surrealql::evaluate(*hash, context)->as_string()};
}

}  // namespace

/// What tells the views of a query apart: "~" and half of a SHA-256.
constexpr std::size_t mark_size = 33;

view_id view_id_of(const view_registration& view) {
  if (view.caller.system) return view_id{view.query.raw()};
  const value told_apart{
      array{value{view.surql}, value{view.params}, value{lasting_part(view.caller.session)}}};
  return view_id{view.query.raw() + "~" + hash_of(told_apart).substr(0, mark_size - 1)};
}

query_key query_of(const view_id& view) {
  const auto& id = view.raw();
  if (id.size() <= mark_size) return query_key{id};
  const auto mark = id.substr(id.size() - mark_size);
  const bool marked =
      mark.front() == '~' && mark.find_first_not_of("0123456789abcdef", 1) == std::string::npos;
  return query_key{marked ? id.substr(0, id.size() - mark_size) : id};
}

bool is_view_of(const view_id& view, const query_key& query) {
  return view.raw() == query.raw() || query_of(view) == query;
}

}  // namespace spooky
