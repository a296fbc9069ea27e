#include "surrealql/values/geo.hpp"

#include "surrealql/functions/library.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

/// The geo:: functions.
namespace spooky::surrealql::library {
namespace {

using kind = geometry::kind;
using geo_position = geometry::position;

constexpr double earth_radius = 6'371'008.8;         ///< metres, IUGG mean radius
constexpr double equator_radius = 6'378'137.0;       ///< metres, WGS 84
constexpr double degree = std::numbers::pi / 180.0;  ///< in radians

bool is_point(const value& v) { return v.as_geometry().type == kind::point; }
const geo_position& point_of(const value& v) { return v.as_geometry().positions[0]; }

/// The great-circle distance in metres, by the haversine formula.
result<value> distance(arguments a) {
  if (!is_point(a[0]) || !is_point(a[1])) return value::none();
  const auto& [x1, y1] = point_of(a[0]);
  const auto& [x2, y2] = point_of(a[1]);
  const double theta1 = y1 * degree;
  const double theta2 = y2 * degree;
  const double half_y = std::sin((y2 - y1) * degree / 2.0);
  const double half_x = std::sin((x2 - x1) * degree / 2.0);
  const double h = half_y * half_y + std::cos(theta1) * std::cos(theta2) * half_x * half_x;
  return value(earth_radius * (2.0 * std::asin(std::sqrt(h))));
}

/// The initial bearing of the great circle, in degrees from -180 to 180.
result<value> bearing(arguments a) {
  if (!is_point(a[0]) || !is_point(a[1])) return value::none();
  const auto& [x1, y1] = point_of(a[0]);
  const auto& [x2, y2] = point_of(a[1]);
  const double lat1 = y1 * degree;
  const double lat2 = y2 * degree;
  const double turn = (x2 - x1) * degree;
  const double s = std::cos(lat2) * std::sin(turn);
  const double c =
      std::cos(lat1) * std::sin(lat2) - std::sin(lat1) * std::cos(lat2) * std::cos(turn);
  const double degrees = std::fmod(std::atan2(s, c) / degree + 360.0, 360.0);
  return value(degrees > 180.0 ? degrees - 360.0 : degrees);
}

// -- area (Chamberlain and Duquette, 2007) ------------------------------------------------------

double ring_area(const std::vector<geo_position>& ring) {
  const std::size_t size = ring.size();
  if (size < 4) return 0;
  double total = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t middle = i + 2 == size ? size - 1 : i + 1 == size ? 0 : i + 1;
    const std::size_t low = i + 2 == size ? size - 2 : i + 1 == size ? size - 1 : i;
    const std::size_t high = i + 2 == size ? 0 : i + 1 == size ? 1 : i + 2;
    total += (ring[high].first * degree - ring[low].first * degree) *
             std::sin(ring[middle].second * degree);
  }
  return total * equator_radius * equator_radius / -2.0;
}

double area_of(const geometry& shape) {
  double total = 0;
  if (shape.type == kind::polygon) {
    for (std::size_t i = 0; i < shape.parts.size(); ++i) {
      const double part = std::fabs(ring_area(shape.parts[i].positions));
      total += i == 0 ? part : -part;
    }
    return std::fabs(total);
  }
  if (shape.type == kind::line || shape.type == kind::multi_line) return 0;
  for (const auto& part : shape.parts) total += area_of(part);
  return total;
}

result<value> area(arguments a) { return value(area_of(a[0].as_geometry())); }

// -- centroid: only the parts of the highest dimension count ------------------------------------

struct weighted {
  int dimension = -1;
  double weight = 0;
  double x = 0;
  double y = 0;

  void add(int of, double w, double at_x, double at_y) {
    if (of < dimension) return;
    if (of > dimension) *this = {of, 0, 0, 0};
    weight += w;
    x += at_x * w;
    y += at_y * w;
  }
};

double length_between(const geo_position& a, const geo_position& b) {
  return std::hypot(b.first - a.first, b.second - a.second);
}

void add_line(const std::vector<geo_position>& line, weighted& sum) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double length = length_between(line[i], line[i + 1]);
    if (length == 0) {
      sum.add(0, 1, line[i].first, line[i].second);
    } else {
      sum.add(1, length, (line[i].first + line[i + 1].first) / 2,
              (line[i].second + line[i + 1].second) / 2);
    }
  }
  if (line.size() == 1) sum.add(0, 1, line[0].first, line[0].second);
}

/// A ring's centre of area relative to its first point; `direction` is -1 for a hole.
void add_ring(const std::vector<geo_position>& ring, double direction, weighted& sum) {
  const double doubled = doubled_area(ring);
  if (doubled == 0) {
    add_line(ring, sum);
    return;
  }
  const geo_position origin = ring[0];
  double x = 0;
  double y = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    const double ax = ring[i].first - origin.first;
    const double ay = ring[i].second - origin.second;
    const double bx = ring[i + 1].first - origin.first;
    const double by = ring[i + 1].second - origin.second;
    const double cross = ax * by - bx * ay;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  const double six_areas = 3.0 * doubled;
  sum.add(2, direction * std::fabs(doubled) / 2.0, x / six_areas + origin.first,
          y / six_areas + origin.second);
}

void add_shape(const geometry& shape, weighted& sum) {
  switch (shape.type) {
    case kind::point:
    case kind::multi_point:
      for (const auto& at : shape.positions) sum.add(0, 1, at.first, at.second);
      return;
    case kind::line:
      add_line(shape.positions, sum);
      return;
    case kind::polygon:
      for (std::size_t i = 0; i < shape.parts.size(); ++i)
        add_ring(shape.parts[i].positions, i == 0 ? 1 : -1, sum);
      return;
    case kind::multi_line:
    case kind::multi_polygon:
    case kind::collection:
      for (const auto& part : shape.parts) add_shape(part, sum);
      return;
  }
}

result<value> centroid(arguments a) {
  weighted sum;
  add_shape(a[0].as_geometry(), sum);
  if (sum.dimension < 0 || sum.weight == 0) return value::none();
  return value(geometry{kind::point, {{sum.x / sum.weight, sum.y / sum.weight}}, {}});
}

// -- geohash ------------------------------------------------------------------------------------

constexpr std::string_view base32 = "0123456789bcdefghjkmnpqrstuvwxyz";
constexpr std::int64_t longest_hash = 12;

struct interval {
  double low;
  double high;

  double middle() const { return (low + high) / 2.0; }
  void halve(bool upper) { (upper ? low : high) = middle(); }
};

result<value> hash_encode(arguments a) {
  const std::int64_t length = a.size() > 1 ? a[1].as_integer() : longest_hash;
  if (length < 1 || length > longest_hash)
    return evaluation_failed(
        "Incorrect arguments for function geo::encode(). The second argument must be an integer "
        "greater than 0 and less than or equal to 12.");
  if (!is_point(a[0])) return value::none();
  interval axes[2] = {{-180, 180}, {-90, 90}};
  const double target[2] = {point_of(a[0]).first, point_of(a[0]).second};
  std::string out;
  for (int bit = 0; out.size() < static_cast<std::size_t>(length);) {
    std::size_t digit = 0;
    for (int i = 0; i < 5; ++i, ++bit) {
      const bool upper = target[bit % 2] > axes[bit % 2].middle();
      axes[bit % 2].halve(upper);
      digit = digit * 2 + (upper ? 1 : 0);
    }
    out += base32[digit];
  }
  return value(std::move(out));
}

result<value> hash_decode(arguments a) {
  if (!a[0].is_string()) return value::none();
  interval axes[2] = {{-180, 180}, {-90, 90}};
  int bit = 0;
  for (const char c : a[0].as_string()) {
    const auto found = base32.find(c);
    // The engine takes the code of a character that is no digit as the digit.
    const std::size_t digit =
        found == std::string_view::npos ? static_cast<unsigned char>(c) : found;
    for (int i = 4; i >= 0; --i, ++bit) axes[bit % 2].halve(((digit >> i) & 1) == 1);
  }
  return value(geometry{kind::point, {{axes[0].middle(), axes[1].middle()}}, {}});
}

/// Whether every position is one on the earth.
bool on_earth(const geometry& shape) {
  constexpr double most_longitude = 180.0;
  constexpr double most_latitude = 90.0;
  return std::all_of(shape.positions.begin(), shape.positions.end(),
                     [](const geo_position& at) {
                       return std::fabs(at.first) <= most_longitude &&
                              std::fabs(at.second) <= most_latitude;
                     }) &&
         std::all_of(shape.parts.begin(), shape.parts.end(), on_earth);
}

result<value> is_valid(arguments a) { return value(on_earth(a[0].as_geometry())); }

constexpr function_entry rows[] = {
    row("geo::area", "g", plain<area>),
    row("geo::bearing", "gg", plain<bearing>),
    row("geo::centroid", "g", plain<centroid>),
    row("geo::distance", "gg", plain<distance>),
    row("geo::hash::decode", "v", plain<hash_decode>),
    row("geo::hash::encode", "gi?", plain<hash_encode>),
    row("geo::is_valid", "g", plain<is_valid>),
};

}  // namespace

std::span<const function_entry> geo_functions() { return rows; }

}  // namespace spooky::surrealql::library
