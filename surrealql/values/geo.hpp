#pragma once

#include "surrealql/values/value.hpp"

/// Geometry on the plane of longitude and latitude: what CONTAINS and INTERSECTS ask.
namespace spooky::surrealql {

using position = geometry::position;

/// Whether every point of `inner` lies in `outer` and not only on its border.
bool geometry_contains(const geometry& outer, const geometry& inner);
/// Whether the two have a point in common.
bool geometries_intersect(const geometry& a, const geometry& b);

/// Twice the signed area of a ring; positive if it runs counter-clockwise.
double doubled_area(const std::vector<position>& ring) noexcept;

}  // namespace spooky::surrealql
