#pragma once

#include "surrealql/values/value.hpp"

#include <optional>
#include <string_view>

/// GeoJSON objects and geometries.
namespace spooky::surrealql {

/// The geometry an object denotes, if it has exactly the members `type` and `coordinates` (or
/// `geometries`) in GeoJSON's shapes.
std::optional<geometry> geometry_from_object(const object& members);

/// GeoJSON of a geometry: `{type: "Point", coordinates: [1.0, 2.0]}`.
value geometry_to_object(const geometry& shape);

/// "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
/// "GeometryCollection".
std::string_view geojson_name(geometry::kind type) noexcept;

/// The name of a shape as types are written: "multipoint".
std::string_view geometry_name(geometry::kind shape) noexcept;

}  // namespace spooky::surrealql
