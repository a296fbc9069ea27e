#include "surrealql/values/geometry.hpp"

#include "surrealql/values/numbers.hpp"

namespace spooky::surrealql {
namespace {

constexpr geometry::kind all_kinds[] = {geometry::kind::point,      geometry::kind::line,
                                        geometry::kind::polygon,    geometry::kind::multi_point,
                                        geometry::kind::multi_line, geometry::kind::multi_polygon,
                                        geometry::kind::collection};

std::optional<geometry::position> position_of(const value& v) {
  if (v.type() == value_type::geometry && v.as_geometry().type == geometry::kind::point)
    return v.as_geometry().positions[0];
  if (!v.is_array() || v.as_array().size() != 2) return std::nullopt;
  const value& x = v.as_array()[0];
  const value& y = v.as_array()[1];
  if (!x.is_number() || !y.is_number()) return std::nullopt;
  return geometry::position{to_double(x), to_double(y)};
}

/// What the coordinate lists of a kind hold, one level down.
std::optional<geometry::kind> part_kind(geometry::kind type) {
  switch (type) {
    case geometry::kind::polygon:
    case geometry::kind::multi_line:
      return geometry::kind::line;
    case geometry::kind::multi_polygon:
      return geometry::kind::polygon;
    default:
      return std::nullopt;
  }
}

std::optional<geometry> from_coordinates(geometry::kind type, const value& coordinates) {
  geometry shape{type, {}, {}};
  if (type == geometry::kind::point) {
    const auto at = position_of(coordinates);
    if (!at) return std::nullopt;
    shape.positions.push_back(*at);
    return shape;
  }
  if (!coordinates.is_array()) return std::nullopt;
  const auto part = part_kind(type);
  for (const auto& item : coordinates.as_array()) {
    if (part) {
      auto made = from_coordinates(*part, item);
      if (!made) return std::nullopt;
      shape.parts.push_back(*std::move(made));
    } else {
      const auto at = position_of(item);
      if (!at) return std::nullopt;
      shape.positions.push_back(*at);
    }
  }
  if (type == geometry::kind::polygon && shape.parts.empty()) return std::nullopt;
  return shape;
}

std::optional<geometry> collection_of(const value& geometries) {
  if (!geometries.is_array()) return std::nullopt;
  geometry shape{geometry::kind::collection, {}, {}};
  for (const auto& item : geometries.as_array()) {
    if (item.type() == value_type::geometry) {
      shape.parts.push_back(item.as_geometry());
      continue;
    }
    auto part = item.is_object() ? geometry_from_object(item.as_object()) : std::nullopt;
    if (!part) return std::nullopt;
    shape.parts.push_back(*std::move(part));
  }
  return shape;
}

value position_array(const geometry::position& at) { return value(array{at.first, at.second}); }

value coordinates_of(const geometry& shape) {
  if (shape.type == geometry::kind::point)
    return position_array(shape.positions.empty() ? geometry::position{} : shape.positions[0]);
  array list;
  for (const auto& at : shape.positions) list.push_back(position_array(at));
  for (const auto& part : shape.parts) list.push_back(coordinates_of(part));
  return value(std::move(list));
}

}  // namespace

std::string_view geojson_name(geometry::kind type) noexcept {
  switch (type) {
    case geometry::kind::point:
      return "Point";
    case geometry::kind::line:
      return "LineString";
    case geometry::kind::polygon:
      return "Polygon";
    case geometry::kind::multi_point:
      return "MultiPoint";
    case geometry::kind::multi_line:
      return "MultiLineString";
    case geometry::kind::multi_polygon:
      return "MultiPolygon";
    case geometry::kind::collection:
      return "GeometryCollection";
  }
  return "Point";
}

std::optional<geometry> geometry_from_object(const object& members) {
  if (members.size() != 2) return std::nullopt;
  const value* type = members.find("type");
  if (type == nullptr || !type->is_string()) return std::nullopt;
  for (const auto kind : all_kinds) {
    if (geojson_name(kind) != type->as_string()) continue;
    if (kind == geometry::kind::collection) {
      const value* geometries = members.find("geometries");
      return geometries == nullptr ? std::nullopt : collection_of(*geometries);
    }
    const value* coordinates = members.find("coordinates");
    return coordinates == nullptr ? std::nullopt : from_coordinates(kind, *coordinates);
  }
  return std::nullopt;
}

value geometry_to_object(const geometry& shape) {
  const value type{geojson_name(shape.type)};
  if (shape.type != geometry::kind::collection)
    return value(object{{"type", type}, {"coordinates", coordinates_of(shape)}});
  array parts;
  for (const auto& part : shape.parts) parts.push_back(geometry_to_object(part));
  return value(object{{"type", type}, {"geometries", value(std::move(parts))}});
}

std::string_view geometry_name(geometry::kind shape) noexcept {
  switch (shape) {
    case geometry::kind::point:
      return "point";
    case geometry::kind::line:
      return "line";
    case geometry::kind::polygon:
      return "polygon";
    case geometry::kind::multi_point:
      return "multipoint";
    case geometry::kind::multi_line:
      return "multiline";
    case geometry::kind::multi_polygon:
      return "multipolygon";
    case geometry::kind::collection:
      return "collection";
  }
  return "point";
}

}  // namespace spooky::surrealql
