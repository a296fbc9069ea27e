#include "surrealql/functions/functions.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>
#include <string>

namespace spooky::surrealql {
namespace {

/// Where the methods of a receiver live.
std::string_view name_space_of(value_type receiver) noexcept {
  switch (receiver) {
    case value_type::array:
      return "array";
    case value_type::set:
      return "set";
    case value_type::string:
      return "string";
    case value_type::object:
      return "object";
    case value_type::integer:
    case value_type::floating:
    case value_type::decimal:
      return "math";
    case value_type::datetime:
      return "time";
    case value_type::duration:
      return "duration";
    case value_type::record:
      return "record";
    case value_type::geometry:
      return "geo";
    case value_type::bytes:
      return "bytes";
    default:
      return "";
  }
}

/// Functions of a name space that the engine does not offer as methods. Sorted.
constexpr auto no_methods = std::to_array<std::string_view>({
    "array::range",
    "array::repeat",
    "array::sequence",
    "duration::from_days",
    "duration::from_hours",
    "duration::from_micros",
    "duration::from_millis",
    "duration::from_mins",
    "duration::from_nanos",
    "duration::from_secs",
    "duration::from_weeks",
    "math::bottom",
    "math::clamp",
    "math::fixed",
    "math::interquartile",
    "math::lerp",
    "math::lerpangle",
    "math::max",
    "math::mean",
    "math::median",
    "math::midhinge",
    "math::min",
    "math::mode",
    "math::nearestrank",
    "math::percentile",
    "math::pow",
    "math::product",
    "math::spread",
    "math::sqrt",
    "math::stddev",
    "math::sum",
    "math::top",
    "math::trimean",
    "math::variance",
    "object::from_entries",
    "string::distance::osa",
    "time::from_micros",
    "time::from_millis",
    "time::from_nanos",
    "time::from_secs",
    "time::from_ulid",
    "time::from_unix",
    "time::from_uuid",
    "time::max",
    "time::min",
    "time::now",
    "time::timezone",
});

/// Methods of arrays that go by another name than their function.
std::string_view function_name(std::string_view name_space, std::string_view method) noexcept {
  if (name_space != "array") return method;
  if (method == "every") return "all";
  if (method == "some" || method == "includes") return "any";
  return method == "index_of" ? "find_index" : method;
}

const function_entry* find_in(std::string_view name_space, std::string_view name) {
  std::string full(name_space);
  full += "::";
  full += name;
  if (std::binary_search(no_methods.begin(), no_methods.end(), full)) return nullptr;
  return find_function(full);
}

/// `semver_inc_major` is string::semver::inc::major: underscores may stand for `::`, from the left.
const function_entry* find_nested(std::string_view name_space, std::string name) {
  for (std::size_t at = name.find('_'); at != std::string::npos; at = name.find('_', at)) {
    name.replace(at, 1, "::");
    if (const function_entry* found = find_in(name_space, name)) return found;
    at += 2;
  }
  return nullptr;
}

}  // namespace

const function_entry* find_method(value_type receiver, std::string_view name) noexcept {
  const std::string_view own = name_space_of(receiver);
  if (!own.empty()) {
    if (const function_entry* found = find_in(own, function_name(own, name))) return found;
    if (const function_entry* found = find_nested(own, std::string(name))) return found;
  }
  if (receiver == value_type::array && name.starts_with("vector_")) {
    if (const function_entry* found = find_in("vector", name.substr(7))) return found;
    return find_nested("vector", std::string(name.substr(7)));
  }
  if (name == "type_of") return find_function("type::of");
  if (name == "repeat") return find_function("array::repeat");
  if (name == "chain" || name == "diff" || name == "patch") return find_in("value", name);
  if (name.starts_with("is_")) return find_in("type", name);
  if (name.starts_with("to_")) return find_in("type", name.substr(3));
  return nullptr;
}

const value* find_constant(std::string_view name) noexcept {
  struct constant_value {
    std::string_view name;
    value constant;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  using namespace std::numbers;
  static const std::array<constant_value, 25> constants = {{
      {"duration::max", duration{std::numeric_limits<std::uint64_t>::max(), 999'999'999}},
      {"math::e", e},
      {"math::frac_1_pi", 0.318309886183790671537767526745028724},
      {"math::frac_1_sqrt_2", 0.707106781186547524400844362104849039},
      {"math::frac_2_pi", 0.636619772367581343075535053490057448},
      {"math::frac_2_sqrt_pi", 1.12837916709551257389615890312154517},
      {"math::frac_pi_2", pi / 2},
      {"math::frac_pi_3", 1.04719755119659774615421446109316763},
      {"math::frac_pi_4", pi / 4},
      {"math::frac_pi_6", 0.52359877559829887307710723054658381},
      {"math::frac_pi_8", pi / 8},
      {"math::inf", infinity},
      {"math::ln_10", ln10},
      {"math::ln_2", ln2},
      {"math::log10_2", 0.301029995663981195213738894724493027},
      {"math::log10_e", log10e},
      {"math::log2_10", 3.32192809488736234787031942948939018},
      {"math::log2_e", log2e},
      {"math::neg_inf", -infinity},
      {"math::pi", pi},
      {"math::sqrt_2", sqrt2},
      {"math::tau", 2 * pi},
      {"time::epoch", datetime{0, 0}},
      {"time::maximum", datetime{8'210'266'876'799, 999'999'999}},
      {"time::minimum", datetime{-8'334'601'228'800, 0}},
  }};
  for (const auto& known : constants) {
    if (known.name == name) return &known.constant;
  }
  return nullptr;
}

}  // namespace spooky::surrealql
