#pragma once

#include "surrealql/values/counted.hpp"
#include "surrealql/values/decimal.hpp"
#include "surrealql/values/field_name.hpp"

#include <array>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky {

class value;

/// SurrealDB's value types, in the order in which values of different types sort. The three number
/// types share one rank: they compare by value.
enum class value_type : std::uint8_t {
  none,
  null,
  boolean,
  integer,
  floating,
  decimal,
  string,
  duration,
  datetime,
  uuid,
  array,
  set,
  object,
  geometry,
  bytes,
  table,
  record,
  file,
  regex,
  range,
  closure,
};

/// The name SurrealDB's `type::of` gives a type, for example "datetime".
std::string_view type_name(value_type type) noexcept;

/// A span of time, never negative.
struct duration {
  std::uint64_t seconds = 0;
  std::uint32_t nanos = 0;  ///< below 1,000,000,000
  friend auto operator<=>(const duration&, const duration&) = default;
};

/// A point in time: seconds since 1970 UTC (negative before) plus nanoseconds forward.
struct datetime {
  std::int64_t seconds = 0;
  std::uint32_t nanos = 0;  ///< below 1,000,000,000
  friend auto operator<=>(const datetime&, const datetime&) = default;
};

struct uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const uuid&, const uuid&) = default;
};

using array = std::vector<value>;

/// An immutable-after-build map from field name to value, kept sorted by name as SurrealDB's are.
/// Lookup is a binary search; building from unsorted members sorts once, the last of equal names
/// wins.
class object {
 public:
  using member = std::pair<field_name, value>;
  using const_iterator = std::vector<member>::const_iterator;

  object() = default;
  object(std::initializer_list<member> members);
  explicit object(std::vector<member> members);

  /// The member of that name, or nullptr.
  const value* find(std::string_view name) const noexcept;
  value* find(std::string_view name) noexcept;
  /// Inserts or replaces. O(n) for a new name.
  void set(std::string_view name, value v);
  bool erase(std::string_view name);
  /// Makes room for so many members.
  void reserve(std::size_t members);

  std::size_t size() const noexcept;
  bool empty() const noexcept;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;

 private:
  std::vector<member> members_;
};

/// A record id: a table and a key, or a range of keys (`person:1..5`).
struct record_id;

/// One end-open, end-closed or unbounded range over values or record keys.
struct value_range;

/// A GeoJSON geometry.
struct geometry;

/// What a closure value holds. The evaluator makes it and alone knows what it is.
class closure_body {
 public:
  closure_body() = default;
  closure_body(const closure_body&) = delete;
  closure_body& operator=(const closure_body&) = delete;
  virtual ~closure_body() = default;
  virtual std::string text() const = 0;  ///< as SurrealQL
};

/// A SurrealDB value of any type: 16 bytes, immutable, cheap to copy (shared, atomically counted
/// payload for strings and everything larger; numbers, durations and datetimes inline). Safe to
/// read from many threads.
///
/// `==` and `<=>` are SurrealDB's: a total order over all types in which int, float and decimal
/// compare by numeric value, NaN equals itself and sorts after all numbers, and -0.0 equals 0.
/// (In the engine a NaN computed at run time may carry a sign and then sorts first: the sign is the
/// processor's, does not survive its own codecs, and is dropped here.)
class value {
 public:
  value() noexcept = default;  ///< NONE
  value(const value& other) noexcept
      : type_(other.type_), nanos_(other.nanos_), payload_(other.payload_) {
    if (boxed()) payload_.box->owners.fetch_add(1, std::memory_order_relaxed);
  }
  value(value&& other) noexcept
      : type_(std::exchange(other.type_, value_type::none)),
        nanos_(other.nanos_),
        payload_(other.payload_) {}
  value& operator=(const value& other) noexcept {
    value copy(other);
    swap(copy);
    return *this;
  }
  value& operator=(value&& other) noexcept {
    value taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~value() {
    if (boxed()) release();
  }

  void swap(value& other) noexcept {
    std::swap(type_, other.type_);
    std::swap(nanos_, other.nanos_);
    std::swap(payload_, other.payload_);
  }

  static value none() noexcept { return {}; }
  static value null() noexcept { return value(value_type::null, std::int64_t{0}); }
  static value boolean(bool v) noexcept { return value(v); }
  static value integer(std::int64_t v) noexcept { return value(v); }
  static value floating(double v) noexcept { return value(v); }

  // Implicit where no meaning is lost, so that literals in tests and call sites stay readable.
  value(bool v) noexcept : value(value_type::boolean, std::int64_t{v}) {}
  value(int v) noexcept : value(value_type::integer, std::int64_t{v}) {}
  value(std::int64_t v) noexcept : value(value_type::integer, v) {}
  value(double v) noexcept;
  value(const char* text);
  value(std::string_view text);
  value(std::string text);
  value(spooky::decimal v);
  value(spooky::duration v);
  value(spooky::datetime v);
  value(spooky::uuid v);
  value(spooky::array items);
  value(spooky::object members);
  value(record_id id);
  value(value_range range);
  value(spooky::geometry shape);

  static value table(std::string name);
  static value bytes(std::string raw);
  static value regex(std::string pattern);
  static value file(std::string bucket, std::string key);
  /// A closure; equal to one that is written alike. `captured` is what it can see, and counts as
  /// part of it.
  static value closure(std::shared_ptr<const closure_body> body, const spooky::object& captured);
  /// A set: sorted and without duplicates, whatever order `items` come in.
  static value set(spooky::array items);

  value_type type() const noexcept { return type_; }
  bool is_none() const noexcept { return type_ == value_type::none; }
  bool is_null() const noexcept { return type_ == value_type::null; }
  /// NONE or NULL.
  bool is_nullish() const noexcept { return type_ <= value_type::null; }
  bool is_number() const noexcept {
    return type_ >= value_type::integer && type_ <= value_type::decimal;
  }
  bool is_string() const noexcept { return type_ == value_type::string; }
  bool is_array() const noexcept { return type_ == value_type::array; }
  bool is_object() const noexcept { return type_ == value_type::object; }
  bool is_record() const noexcept { return type_ == value_type::record; }

  // Checked access: the caller has tested type(); anything else is a programming error (asserted).
  bool as_bool() const noexcept {
    assert(type_ == value_type::boolean);
    return payload_.integer != 0;
  }
  std::int64_t as_integer() const noexcept {
    assert(type_ == value_type::integer);
    return payload_.integer;
  }
  double as_floating() const noexcept {
    assert(type_ == value_type::floating);
    return payload_.floating;
  }
  const spooky::decimal& as_decimal() const noexcept;
  std::string_view as_string() const noexcept;  ///< also of a table, regex or bytes
  spooky::duration as_duration() const noexcept {
    assert(type_ == value_type::duration);
    return {payload_.bits, nanos_};
  }
  spooky::datetime as_datetime() const noexcept {
    assert(type_ == value_type::datetime);
    return {payload_.integer, nanos_};
  }
  spooky::uuid as_uuid() const noexcept;
  const spooky::array& as_array() const noexcept;  ///< also of a set
  const spooky::object& as_object() const noexcept;
  const record_id& as_record() const noexcept;
  const value_range& as_range() const noexcept;
  const spooky::geometry& as_geometry() const noexcept;
  std::pair<std::string_view, std::string_view> as_file() const noexcept;  ///< bucket, key
  const std::shared_ptr<const closure_body>& as_closure() const noexcept;

  /// The member of an object, or NONE for anything else. One level, no path.
  const value& operator[](std::string_view field) const noexcept;

  /// SurrealDB's truth (notes, section 6.2).
  bool truthy() const noexcept;

  friend bool operator==(const value& a, const value& b) noexcept;
  friend std::strong_ordering operator<=>(const value& a, const value& b) noexcept;

  /// A hash that agrees with ==, so 1, 1.0 and 1dec hash alike. O(size).
  std::size_t hash() const noexcept;

  /// About how many bytes the value takes beside its own 16, as if nothing in it were shared: what
  /// is repeated counts each time, for so much is written, compared or hashed. O(1). From
  /// `heaviest` on it is only known to be at least that.
  std::size_t weight() const noexcept;
  static constexpr std::size_t heaviest = ((std::size_t{1} << 23U) - 1) * 32;

  /// How many levels of arrays, sets, objects, ranges and closures nest in it; 0 for what
  /// holds no values. O(1). Counted up to 511.
  unsigned depth() const noexcept;

  /// True if both share one payload: a cheap proof of equality, never of difference.
  bool same_payload(const value& other) const noexcept;

 private:
  friend struct value_access;

  /// The types whose payload is a box, as a bit set.
  static constexpr std::uint32_t boxed_types = [] {
    std::uint32_t all = 0;
    for (auto t = static_cast<unsigned>(value_type::decimal);
         t <= static_cast<unsigned>(value_type::closure); ++t)
      all |= 1U << t;
    return all & ~(1U << static_cast<unsigned>(value_type::duration)) &
           ~(1U << static_cast<unsigned>(value_type::datetime));
  }();

  value(value_type type, std::int64_t inline_payload) noexcept : type_(type) {
    payload_.integer = inline_payload;
  }
  value(value_type type, detail::counted* box) noexcept : type_(type) { payload_.box = box; }

  bool boxed() const noexcept { return ((boxed_types >> static_cast<unsigned>(type_)) & 1U) != 0; }
  void release() noexcept;

  value_type type_ = value_type::none;
  std::uint32_t nanos_ = 0;  ///< the fraction of a duration or datetime
  union payload {
    std::uint64_t bits;
    std::int64_t integer;
    double floating;
    detail::counted* box;
  } payload_{0};
};
static_assert(sizeof(value) == 16);

struct record_id {
  std::string table;
  value key;  ///< int, string, uuid, array or object; or a range of those, for `table:1..5`

  friend bool operator==(const record_id&, const record_id&) noexcept = default;
  friend std::strong_ordering operator<=>(const record_id&, const record_id&) noexcept = default;
  std::size_t hash() const noexcept;
};

struct range_bound {
  enum class kind : std::uint8_t { unbounded, included, excluded };
  kind type = kind::unbounded;
  value at;
  friend bool operator==(const range_bound&, const range_bound&) noexcept = default;
  /// The engine's order: unbounded, then included, then excluded; within a kind by value.
  friend std::strong_ordering operator<=>(const range_bound&,
                                          const range_bound&) noexcept = default;
};

/// `begin..end`, `begin>..=end` and the open forms.
struct value_range {
  range_bound begin;
  range_bound end;
  friend bool operator==(const value_range&, const value_range&) noexcept = default;
  friend std::strong_ordering operator<=>(const value_range&,
                                          const value_range&) noexcept = default;
};

/// A GeoJSON geometry. Points hold one position; lines a list; polygons rings (outer first).
struct geometry {
  enum class kind : std::uint8_t {
    point,
    line,
    polygon,
    multi_point,
    multi_line,
    multi_polygon,
    collection,
  };
  using position = std::pair<double, double>;  ///< longitude, latitude
  kind type = kind::point;
  std::vector<position> positions;  ///< point, line, multi_point
  std::vector<geometry>
      parts;  ///< rings as lines; members of multi_line, multi_polygon, collection
  friend bool operator==(const geometry&, const geometry&) = default;
};

/// NONE, to return by reference.
const value& none_value() noexcept;

}  // namespace spooky

template <>
struct std::hash<spooky::value> {
  std::size_t operator()(const spooky::value& v) const noexcept { return v.hash(); }
};
template <>
struct std::hash<spooky::record_id> {
  std::size_t operator()(const spooky::record_id& id) const noexcept { return id.hash(); }
};
