#include "surrealql/values/geo.hpp"

#include <algorithm>
#include <cmath>

namespace spooky::surrealql {
namespace {

using kind = geometry::kind;

double cross(const position& o, const position& a, const position& b) noexcept {
  return (a.first - o.first) * (b.second - o.second) - (a.second - o.second) * (b.first - o.first);
}

bool between(const position& p, const position& a, const position& b) noexcept {
  return std::min(a.first, b.first) <= p.first && p.first <= std::max(a.first, b.first) &&
         std::min(a.second, b.second) <= p.second && p.second <= std::max(a.second, b.second);
}

bool on_segment(const position& p, const position& a, const position& b) noexcept {
  return cross(a, b, p) == 0 && between(p, a, b);
}

int sign(double v) noexcept { return v > 0 ? 1 : v < 0 ? -1 : 0; }

bool segments_meet(const position& a, const position& b, const position& c,
                   const position& d) noexcept {
  const int d1 = sign(cross(c, d, a));
  const int d2 = sign(cross(c, d, b));
  const int d3 = sign(cross(a, b, c));
  const int d4 = sign(cross(a, b, d));
  if (d1 * d2 < 0 && d3 * d4 < 0) return true;
  return on_segment(a, c, d) || on_segment(b, c, d) || on_segment(c, a, b) || on_segment(d, a, b);
}

enum class place { outside, border, inside };

/// Where a point lies relative to a ring: by crossings of a ray to the right.
place place_in_ring(const position& p, const std::vector<position>& ring) noexcept {
  bool inside = false;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    const position& a = ring[i];
    const position& b = ring[i + 1];
    if (on_segment(p, a, b)) return place::border;
    if ((a.second > p.second) == (b.second > p.second)) continue;
    const double x = a.first + (p.second - a.second) / (b.second - a.second) * (b.first - a.first);
    if (p.first < x) inside = !inside;
  }
  return inside ? place::inside : place::outside;
}

place place_in_polygon(const position& p, const geometry& polygon) noexcept {
  if (polygon.parts.empty()) return place::outside;
  const place outer = place_in_ring(p, polygon.parts[0].positions);
  if (outer != place::inside) return outer;
  for (std::size_t i = 1; i < polygon.parts.size(); ++i) {
    const place hole = place_in_ring(p, polygon.parts[i].positions);
    if (hole == place::inside) return place::outside;
    if (hole == place::border) return place::border;
  }
  return place::inside;
}

place place_on_line(const position& p, const geometry& line) noexcept {
  const auto& points = line.positions;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    if (!on_segment(p, points[i], points[i + 1])) continue;
    const bool closed = points.front() == points.back();
    return !closed && (p == points.front() || p == points.back()) ? place::border : place::inside;
  }
  return place::outside;
}

place place_in(const position& p, const geometry& shape) noexcept {
  switch (shape.type) {
    case kind::point:
      return p == shape.positions[0] ? place::inside : place::outside;
    case kind::multi_point:
      return std::find(shape.positions.begin(), shape.positions.end(), p) != shape.positions.end()
                 ? place::inside
                 : place::outside;
    case kind::line:
      return place_on_line(p, shape);
    case kind::polygon:
      return place_in_polygon(p, shape);
    case kind::multi_line:
    case kind::multi_polygon:
    case kind::collection: {
      place best = place::outside;
      for (const auto& part : shape.parts) best = std::max(best, place_in(p, part));
      return best;
    }
  }
  return place::outside;
}

using segment = std::pair<position, position>;

void collect_segments(const geometry& shape, std::vector<segment>& out) {
  if (shape.type == kind::line) {
    for (std::size_t i = 0; i + 1 < shape.positions.size(); ++i)
      out.emplace_back(shape.positions[i], shape.positions[i + 1]);
  }
  for (const auto& part : shape.parts) collect_segments(part, out);
}

void collect_positions(const geometry& shape, std::vector<position>& out) {
  out.insert(out.end(), shape.positions.begin(), shape.positions.end());
  for (const auto& part : shape.parts) collect_positions(part, out);
}

std::vector<segment> segments_of(const geometry& shape) {
  std::vector<segment> out;
  collect_segments(shape, out);
  return out;
}

std::vector<position> positions_of(const geometry& shape) {
  std::vector<position> out;
  collect_positions(shape, out);
  return out;
}

position middle(const position& a, const position& b) noexcept {
  return {(a.first + b.first) / 2, (a.second + b.second) / 2};
}

/// Whether two segments cross in a point that is inside both.
bool cross_properly(const segment& a, const segment& b) noexcept {
  return sign(cross(b.first, b.second, a.first)) * sign(cross(b.first, b.second, a.second)) < 0 &&
         sign(cross(a.first, a.second, b.first)) * sign(cross(a.first, a.second, b.second)) < 0;
}

/// For each part of an edge between its meetings with the outer border, its middle must not be
/// outside. Returns false if one is; notes whether one is truly inside.
bool edges_stay_inside(const geometry& outer, const geometry& inner, bool& interior) {
  const auto borders = segments_of(outer);
  for (const auto& edge : segments_of(inner)) {
    for (const auto& border : borders) {
      if (outer.type != kind::line && outer.type != kind::multi_line &&
          cross_properly(edge, border))
        return false;
    }
    std::vector<position> stops = {edge.first, edge.second};
    for (const auto& border : borders) {
      if (on_segment(border.first, edge.first, edge.second)) stops.push_back(border.first);
    }
    std::sort(stops.begin(), stops.end());
    for (std::size_t i = 0; i + 1 < stops.size(); ++i) {
      const place at = place_in(middle(stops[i], stops[i + 1]), outer);
      if (at == place::outside) return false;
      interior = interior || at == place::inside;
    }
  }
  return true;
}

}  // namespace

double doubled_area(const std::vector<position>& ring) noexcept {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i)
    sum += ring[i].first * ring[i + 1].second - ring[i + 1].first * ring[i].second;
  return sum;
}

bool geometry_contains(const geometry& outer, const geometry& inner) {
  bool interior = false;
  const auto points = positions_of(inner);
  if (points.empty()) return false;
  for (const auto& p : points) {
    const place at = place_in(p, outer);
    if (at == place::outside) return false;
    interior = interior || at == place::inside;
  }
  if (!edges_stay_inside(outer, inner, interior)) return false;
  const bool area = inner.type == kind::polygon || inner.type == kind::multi_polygon;
  if (area) {
    // A hole of the outer shape may lie wholly inside the inner one.
    for (const auto& p : positions_of(outer)) {
      if (place_in(p, inner) == place::inside) return false;
    }
    return outer.type == kind::polygon || outer.type == kind::multi_polygon ||
           outer.type == kind::collection;
  }
  return interior;
}

bool geometries_intersect(const geometry& a, const geometry& b) {
  const auto inside = [](const std::vector<position>& points, const geometry& shape) {
    return std::any_of(points.begin(), points.end(),
                       [&](const position& p) { return place_in(p, shape) != place::outside; });
  };
  if (inside(positions_of(a), b) || inside(positions_of(b), a)) return true;
  const auto left = segments_of(a);
  const auto right = segments_of(b);
  return std::any_of(left.begin(), left.end(), [&](const segment& s) {
    return std::any_of(right.begin(), right.end(), [&](const segment& t) {
      return segments_meet(s.first, s.second, t.first, t.second);
    });
  });
}

}  // namespace spooky::surrealql
