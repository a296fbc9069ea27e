#include "surrealql/functions/library.hpp"

#include <algorithm>

/// The functions without a name space, and bytes::.
namespace spooky::surrealql::library {
namespace {

result<value> count(arguments a) {
  if (a.empty()) return value(1);
  if (!a[0].is_array()) return value(std::int64_t{a[0].truthy()});
  const array& items = a[0].as_array();
  return value(static_cast<std::int64_t>(
      std::count_if(items.begin(), items.end(), [](const value& item) { return item.truthy(); })));
}

result<value> negated(arguments a) { return value(!a[0].truthy()); }

result<value> bytes_len(arguments a) {
  return value(static_cast<std::int64_t>(a[0].as_string().size()));
}

constexpr function_entry rows[] = {
    row("bytes::len", "b", plain<bytes_len>),
    row("count", "v?", plain<count>),
    row("not", "v", plain<negated>),
};

/// What depends on a clock, chance, the session, the network, stored state or an evaluation in
/// progress, what is made to be slow, and the few pure functions without a counterpart here.
constexpr function_entry refused_rows[] = {
    refused("array::shuffle"),
    refused("crypto::argon2::compare"),
    refused("crypto::argon2::generate"),
    refused("crypto::bcrypt::compare"),
    refused("crypto::bcrypt::generate"),
    refused("crypto::pbkdf2::compare"),
    refused("crypto::pbkdf2::generate"),
    refused("crypto::scrypt::compare"),
    refused("crypto::scrypt::generate"),
    refused("file::bucket"),
    refused("file::key"),
    refused("http::delete"),
    refused("http::get"),
    refused("http::head"),
    refused("http::patch"),
    refused("http::post"),
    refused("http::put"),
    refused("rand"),
    refused("rand::bool"),
    refused("rand::duration"),
    refused("rand::enum"),
    refused("rand::float"),
    refused("rand::id"),
    refused("rand::int"),
    refused("rand::string"),
    refused("rand::time"),
    refused("rand::ulid"),
    refused("rand::uuid"),
    refused("rand::uuid::v4"),
    refused("rand::uuid::v7"),
    refused("schema::table::exists"),
    refused("search::analyze"),
    refused("search::highlight"),
    refused("search::linear"),
    refused("search::offsets"),
    refused("search::rrf"),
    refused("search::score"),
    refused("sequence::nextval"),
    refused("session::ac"),
    refused("session::db"),
    refused("session::id"),
    refused("session::ip"),
    refused("session::ns"),
    refused("session::origin"),
    refused("session::rd"),
    refused("session::token"),
    refused("sleep"),
    refused("string::html::sanitize"),
    refused("string::similarity::fuzzy"),
    refused("string::similarity::smithwaterman"),
    refused("time::timezone"),
    refused("type::field"),
    refused("type::fields"),
    refused("type::file"),
    refused("value::diff"),
    refused("value::patch"),
    refused("vector::distance::knn"),
};

}  // namespace

std::span<const function_entry> value_functions() { return rows; }
std::span<const function_entry> refused_functions() { return refused_rows; }

}  // namespace spooky::surrealql::library
