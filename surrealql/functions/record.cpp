#include "surrealql/functions/library.hpp"
#include "surrealql/types/kind.hpp"

/// record:: and its old name meta::.
namespace spooky::surrealql::library {
namespace {

result<value> id(arguments a) { return a[0].as_record().key; }
result<value> table(arguments a) { return value(a[0].as_record().table); }

/// The engine asks for the record's id, which a permission may hide.
result<value> exists(arguments a, function_context& context) {
  SPOOKY_ASSIGN(const value found, context.fetch(a[0].as_record()));
  return value(!found["id"].is_none());
}

result<value> is_edge(arguments a, function_context& context) {
  static const kind wanted{kind::tag::record, {}, {}, {}, {}, {}};
  const auto which = cast(wanted, a[0]);
  if (!which) return bad_argument("Expected a record ID");
  SPOOKY_ASSIGN(const value found, context.fetch(which->as_record()));
  return value(context.is_edge(found));
}

constexpr function_entry rows[] = {
    row("meta::id", "r", plain<id>),
    row("meta::tb", "r", plain<table>),
    row("record::exists", "r", exists, determinism::reads_records),
    row("record::id", "r", plain<id>),
    row("record::is_edge", "v", is_edge, determinism::reads_records),
    row("record::table", "r", plain<table>),
    row("record::tb", "r", plain<table>),
};

}  // namespace

std::span<const function_entry> record_functions() { return rows; }

}  // namespace spooky::surrealql::library
