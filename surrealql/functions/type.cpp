#include "surrealql/functions/library.hpp"
#include "surrealql/types/kind.hpp"
#include "surrealql/values/geometry.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/utf8.hpp"

#include <algorithm>

/// The type:: functions: casts, tests, names of types.
namespace spooky::surrealql::library {
namespace {

using tag = kind::tag;

template <tag Type>
result<value> cast_to(arguments a) {
  static const kind wanted{Type, {}, {}, {}, {}, {}};
  return cast(wanted, a[0]);
}

result<value> point(arguments a) {
  static const kind wanted{tag::geometry, {}, {"point"}, {}, {}, {}};
  auto made = cast(wanted, a[0]);
  if (!made)
    return evaluation_failed("Could not cast into `point` using input `" + to_text(a[0]) + "`");
  return made;
}

result<value> type_of(arguments a) {
  if (a[0].type() != value_type::geometry) return value(type_name(a[0].type()));
  return value("geometry<" + std::string(geometry_name(a[0].as_geometry().type)) + ">");
}

result<value> string_lossy(arguments a) {
  if (a[0].type() != value_type::bytes) return cast_to<tag::string>(a);
  return value(from_code_points(to_code_points(a[0].as_string())));
}

result<value> table(arguments a) {
  switch (a[0].type()) {
    case value_type::table:
      return a[0];
    case value_type::record:
      return value::table(a[0].as_record().table);
    case value_type::string:
      return value::table(std::string(a[0].as_string()));
    default:
      return evaluation_failed("Found " + to_raw_text(a[0]) +
                               " for the Record ID but this is not a valid table name");
  }
}

bool is_key(const value& v) noexcept {
  return v.type() == value_type::integer || v.is_string() || v.type() == value_type::uuid ||
         v.is_array() || v.is_object();
}

/// A record key made of any value: what is no key becomes its text.
result<value> key_of(const value& v) {
  switch (v.type()) {
    case value_type::record:
      return v.as_record().key;
    case value_type::floating:
      return value(float_digits(v.as_floating()));
    case value_type::decimal:
      return value(v.as_decimal().to_string());
    case value_type::range: {
      const auto whole = [](const range_bound& b) {
        return b.type == range_bound::kind::unbounded || is_key(b.at);
      };
      if (whole(v.as_range().begin) && whole(v.as_range().end)) return v;
      break;
    }
    default: {
      if (is_key(v) && !v.is_string()) return v;
      std::string text = to_raw_text(v);
      if (!text.empty()) return value(std::move(text));
    }
  }
  return evaluation_failed("Found " + to_raw_text(v) +
                           " for the Record ID but this is not a valid id");
}

result<value> record(arguments a) {
  if (a[0].is_string() && a[0].as_string().empty())
    return evaluation_failed("Found  for the Record ID but this is not a valid table name");
  if (a.size() < 2) return cast_to<tag::record>(a);
  SPOOKY_ASSIGN(value key, key_of(a[1]));
  const std::string name =
      a[0].type() == value_type::table ? std::string(a[0].as_string()) : to_raw_text(a[0]);
  return value(record_id{name, std::move(key)});
}

// -- tests --------------------------------------------------------------------------------------

template <value_type Type>
result<value> is_type(arguments a) {
  return value(a[0].type() == Type);
}

template <geometry::kind Kind>
result<value> is_geometry(arguments a) {
  return value(a[0].type() == value_type::geometry && a[0].as_geometry().type == Kind);
}

result<value> is_number(arguments a) { return value(a[0].is_number()); }

result<value> is_record(arguments a) {
  return value(a[0].is_record() && (a.size() < 2 || a[0].as_record().table == a[1].as_string()));
}

constexpr function_entry rows[] = {
    row("type::array", "v", plain<cast_to<tag::array>>),
    row("type::bool", "v", plain<cast_to<tag::boolean>>),
    row("type::bytes", "v", plain<cast_to<tag::bytes>>),
    row("type::datetime", "v", plain<cast_to<tag::datetime>>),
    row("type::decimal", "v", plain<cast_to<tag::decimal>>),
    row("type::duration", "v", plain<cast_to<tag::duration>>),
    row("type::float", "v", plain<cast_to<tag::floating>>),
    row("type::geometry", "v", plain<cast_to<tag::geometry>>),
    row("type::int", "v", plain<cast_to<tag::integer>>),
    row("type::is_array", "v", plain<is_type<value_type::array>>),
    row("type::is_bool", "v", plain<is_type<value_type::boolean>>),
    row("type::is_bytes", "v", plain<is_type<value_type::bytes>>),
    row("type::is_collection", "v", plain<is_geometry<geometry::kind::collection>>),
    row("type::is_datetime", "v", plain<is_type<value_type::datetime>>),
    row("type::is_decimal", "v", plain<is_type<value_type::decimal>>),
    row("type::is_duration", "v", plain<is_type<value_type::duration>>),
    row("type::is_float", "v", plain<is_type<value_type::floating>>),
    row("type::is_geometry", "v", plain<is_type<value_type::geometry>>),
    row("type::is_int", "v", plain<is_type<value_type::integer>>),
    row("type::is_line", "v", plain<is_geometry<geometry::kind::line>>),
    row("type::is_multiline", "v", plain<is_geometry<geometry::kind::multi_line>>),
    row("type::is_multipoint", "v", plain<is_geometry<geometry::kind::multi_point>>),
    row("type::is_multipolygon", "v", plain<is_geometry<geometry::kind::multi_polygon>>),
    row("type::is_none", "v", plain<is_type<value_type::none>>),
    row("type::is_null", "v", plain<is_type<value_type::null>>),
    row("type::is_number", "v", plain<is_number>),
    row("type::is_object", "v", plain<is_type<value_type::object>>),
    row("type::is_point", "v", plain<is_geometry<geometry::kind::point>>),
    row("type::is_polygon", "v", plain<is_geometry<geometry::kind::polygon>>),
    row("type::is_range", "v", plain<is_type<value_type::range>>),
    row("type::is_record", "vs?", plain<is_record>),
    row("type::is_set", "v", plain<is_type<value_type::set>>),
    row("type::is_string", "v", plain<is_type<value_type::string>>),
    row("type::is_uuid", "v", plain<is_type<value_type::uuid>>),
    row("type::number", "v", plain<cast_to<tag::number>>),
    row("type::of", "v", plain<type_of>),
    row("type::point", "v", plain<point>),
    row("type::range", "v", plain<cast_to<tag::range>>),
    row("type::record", "vv?", plain<record>),
    row("type::set", "v", plain<cast_to<tag::set>>),
    row("type::string", "v", plain<cast_to<tag::string>>),
    row("type::string_lossy", "v", plain<string_lossy>),
    row("type::table", "v", plain<table>),
    row("type::uuid", "v", plain<cast_to<tag::uuid>>),
};

}  // namespace

std::span<const function_entry> type_functions() { return rows; }

}  // namespace spooky::surrealql::library
