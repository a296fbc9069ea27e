#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace spooky::surrealql {
namespace {

constexpr std::uint32_t deepest = 256;

// What ends a branch: nothing, or a list of nothing.
bool is_final(const value& v) {
  return v.is_nullish() || (v.is_array() && std::ranges::all_of(v.as_array(), &value::is_nullish));
}

value final_of(const value& v) {
  if (v.is_array()) return array{};
  return v.is_null() ? value::null() : value();
}

bool leads_on(const value& v) {
  return v.is_record() || (v.is_array() && std::ranges::any_of(v.as_array(), leads_on));
}

error not_a_record(const value& v) {
  return fail(
      errc::evaluation_error,
      "Expected a record ID during recursive graph traversal, but found `" + to_text(v) + "`");
}

error too_deep() {
  return fail(errc::evaluation_error,
              "Exceeded the idiom recursion limit of " + std::to_string(deepest) + ".");
}

// A level's list without its dead ends, one level flatter.
value cleaned(value v) {
  if (!v.is_array()) return v;
  array out;
  for (const value& item : v.as_array()) {
    if (is_final(item)) continue;
    if (item.is_array())
      out.insert(out.end(), item.as_array().begin(), item.as_array().end());
    else
      out.push_back(item);
  }
  return value(std::move(out));
}

struct bounds {
  std::uint32_t min = 1;
  std::uint32_t max = deepest;
  bool open = true;  ///< no maximum was written
};

result<bounds> bounds_of(const recurse_part& part) {
  bounds out;
  out.min = part.min.value_or(1);
  out.open = !part.max.has_value();
  out.max = part.max.value_or(deepest);
  if (out.min < 1)
    return fail(errc::evaluation_error,
                "Found " + std::to_string(out.min) + " for bound but expected at least 1.");
  if (out.max > deepest)
    return fail(errc::evaluation_error, "Found " + std::to_string(out.max) +
                                            " for bound but expected " + std::to_string(deepest) +
                                            " at most.");
  return out;
}

bool repeats(const path_part& part) noexcept;

// Where the recursion goes on in a path; its size where it does not.
std::size_t repetition_in(std::span<const path_part> path) noexcept {
  // What stands behind another recursion is repeated by that one.
  const auto ends = [](const path_part& part) {
    const auto* again = std::get_if<recurse_part>(&part);
    return repeats(part) || (again && !again->path);
  };
  const auto found = std::ranges::find_if(path, ends);
  if (found == path.end() || !repeats(*found)) return path.size();
  return static_cast<std::size_t>(found - path.begin());
}

std::span<const path_part> parts_of(const destructure_member& member) noexcept {
  const auto* steps = std::get_if<path>(&member.path->node);
  return steps && !steps->start ? std::span<const path_part>(steps->parts)
                                : std::span<const path_part>();
}

bool repeats(const destructure_member& member) noexcept {
  const auto parts = parts_of(member);
  return repetition_in(parts) < parts.size();
}

// Whether the recursion goes on in the part: at `.@`, by itself or inside `.{ name: path.@ }`.
bool repeats(const path_part& part) noexcept {
  if (std::holds_alternative<repeat_part>(part)) return true;
  const auto* members = std::get_if<destructure_part>(&part);
  return members && std::ranges::any_of(members->members, [](const auto& m) { return repeats(m); });
}

// One recursion: the path that is repeated and how to evaluate it once.
class recursion {
 public:
  recursion(std::span<const path_part> path, bounds depth, bool inclusive,
            const eval_context& context) noexcept
      : path_(path), depth_(depth), inclusive_(inclusive), context_(context) {}

  result<value> plain(const value& start) const;
  // Of a path that says by `.@` where it is repeated: nested as the path is.
  result<value> nested(const value& start) const { return further(start, 0); }
  result<value> collect(const value& start) const;
  result<value> paths(const value& start) const;
  result<value> shortest(const value& start, const value& target) const;

 private:
  result<value> once(const value& from) const { return walk_plainly(path_, from, context_); }

  result<value> further(const value& from, std::uint32_t depth) const;
  result<value> repeated(const value& at, std::uint32_t depth) const;
  result<value> planned(std::span<const path_part> path, const value& of,
                        std::uint32_t depth) const;
  result<value> shaped(const destructure_part& part, const value& of, std::uint32_t depth) const;

  template <class Make>
  result<value> each(const array& items, Make&& make) const {
    array out;
    out.reserve(items.size());
    for (const value& item : items) {
      SPOOKY_ASSIGN(value v, make(item));
      if (!context_.spent->hold(sizeof(value) + v.weight())) return context_.spent->failure();
      out.push_back(std::move(v));
    }
    return value(std::move(out));
  }

  // A path of so many records that is being followed.
  result<void> follow(std::size_t length) const {
    budget& spent = *context_.spent;
    if (spent.spend(1 + length / 16) && spent.hold(length * sizeof(value) + sizeof(array)))
      return {};
    return spent.failure();
  }

  // The records one step further, dead ends left out; an error for anything else.
  result<array> successors(const value& from) const {
    if (!context_.spent->spend()) return context_.spent->failure();
    SPOOKY_ASSIGN(const value next, once(from));
    array out;
    const auto take = [&](const value& v) -> result<void> {
      if (is_final(v)) return {};
      if (!leads_on(v)) return not_a_record(v);
      out.push_back(v);
      return {};
    };
    if (!next.is_array()) {
      SPOOKY_TRY(take(next));
      return out;
    }
    for (const value& v : next.as_array()) SPOOKY_TRY(take(v));
    return out;
  }

  std::span<const path_part> path_;
  bounds depth_;
  bool inclusive_;
  const eval_context& context_;
};

result<value> recursion::plain(const value& start) const {
  value current = start;
  std::uint32_t depth = 0;
  while (depth < depth_.max) {
    const std::size_t before = context_.spent->held();
    SPOOKY_ASSIGN(value next, once(current));
    if (!context_.spent->settle(before, next)) return context_.spent->failure();
    ++depth;
    next = cleaned(std::move(next));
    if (is_final(next) || next == current) return depth > depth_.min ? current : final_of(next);
    if (!leads_on(next)) return not_a_record(next);
    current = std::move(next);
  }
  if (depth_.open) return too_deep();
  return depth >= depth_.min ? current : value();
}

// What the path makes of a record that `depth` repetitions have led to.
result<value> recursion::further(const value& from, std::uint32_t depth) const {
  if (is_final(from)) return final_of(from);
  if (!context_.spent->spend()) return context_.spent->failure();
  if (depth < depth_.max) return planned(path_, from, depth + 1);
  if (!depth_.open) return from;
  return too_deep();
}

result<value> recursion::repeated(const value& at, std::uint32_t depth) const {
  if (at.is_array())
    return each(at.as_array(), [&](const value& item) { return repeated(item, depth); });
  if (!at.is_nullish() && !at.is_record()) return not_a_record(at);
  return further(at, depth);
}

result<value> recursion::planned(std::span<const path_part> path, const value& of,
                                 std::uint32_t depth) const {
  const std::size_t here = repetition_in(path);
  SPOOKY_ASSIGN(value v, walk_plainly(path.first(here), of, context_));
  if (const auto* members = std::get_if<destructure_part>(&path[here])) {
    SPOOKY_ASSIGN(v, shaped(*members, v, depth));
  } else {
    SPOOKY_ASSIGN(v, repeated(v, depth));
    v = cleaned(std::move(v));
  }
  return walk_plainly(path.subspan(here + 1), std::move(v), context_);
}

// An object whose members go on with the recursion; NONE where one ends too early.
result<value> recursion::shaped(const destructure_part& part, const value& of,
                                std::uint32_t depth) const {
  if (of.is_array())
    return each(of.as_array(), [&](const value& item) { return shaped(part, item, depth); });
  value from = of;
  if (of.is_record()) {
    SPOOKY_ASSIGN(from, fetch_record(of.as_record(), context_));
  }
  if (!from.is_object()) return value();
  const std::size_t before = context_.spent->held();
  destructure_part plain;
  for (const destructure_member& member : part.members)
    if (!repeats(member)) plain.members.push_back(member);
  const std::vector<path_part> picked{std::move(plain)};
  SPOOKY_ASSIGN(const value base, walk_plainly(picked, from, context_));
  object out = base.as_object();
  for (const destructure_member& member : part.members) {
    if (!repeats(member)) continue;
    SPOOKY_ASSIGN(value v, planned(parts_of(member), from, depth));
    if (depth < depth_.min && is_final(v)) return value();
    out.set(member.name, std::move(v));
  }
  value made(std::move(out));
  if (!context_.spent->settle(before, made)) return context_.spent->failure();
  return made;
}

result<value> recursion::collect(const value& start) const {
  array collected;
  std::unordered_set<value> seen;
  if (inclusive_) {
    collected.push_back(start);
    seen.insert(start);
  }
  array frontier{start};
  for (std::uint32_t depth = 0; depth < depth_.max && !frontier.empty(); ++depth) {
    array next;
    for (const value& from : frontier) {
      SPOOKY_ASSIGN(const array reached, successors(from));
      for (const value& v : reached) {
        if (!seen.insert(v).second) continue;
        if (depth + 1 >= depth_.min) collected.push_back(v);
        next.push_back(v);
      }
    }
    frontier = std::move(next);
  }
  return value(std::move(collected));
}

result<value> recursion::paths(const value& start) const {
  array complete;
  std::vector<array> active{inclusive_ ? array{start} : array{}};
  std::uint32_t depth = 0;
  for (; depth < depth_.max && !active.empty(); ++depth) {
    std::vector<array> longer;
    for (array& so_far : active) {
      SPOOKY_ASSIGN(const array reached, successors(so_far.empty() ? start : so_far.back()));
      if (reached.empty()) {
        if (depth >= depth_.min && !so_far.empty()) complete.emplace_back(std::move(so_far));
        continue;
      }
      for (const value& v : reached) {
        SPOOKY_TRY(follow(so_far.size() + 1));
        longer.push_back(so_far);
        longer.back().push_back(v);
      }
      context_.spent->release(so_far.size() * sizeof(value));
    }
    active = std::move(longer);
  }
  for (array& path : active)
    if (!path.empty() && depth >= depth_.min) complete.emplace_back(std::move(path));
  return value(std::move(complete));
}

result<value> recursion::shortest(const value& start, const value& target) const {
  struct visit {
    value at;
    array path;
  };
  std::unordered_set<value> seen{start};
  std::vector<visit> level{{start, inclusive_ ? array{start} : array{}}};
  for (std::uint32_t depth = 0; depth < depth_.max && !level.empty(); ++depth) {
    std::vector<visit> next;
    for (const visit& from : level) {
      SPOOKY_ASSIGN(const array reached, successors(from.at));
      for (const value& v : reached) {
        SPOOKY_TRY(follow(from.path.size() + 1));
        array path = from.path;
        path.push_back(v);
        if (depth + 1 >= depth_.min && v == target) return value(std::move(path));
        if (seen.insert(v).second) next.push_back({v, std::move(path)});
      }
    }
    level = std::move(next);
  }
  array rest;
  for (visit& v : level)
    if (!v.path.empty()) rest.emplace_back(std::move(v.path));
  return rest.empty() ? value() : value(std::move(rest));
}

}  // namespace

result<value> walk_recursion(const recurse_part& part, std::span<const path_part> rest,
                             const value& start, const eval_context& context) {
  SPOOKY_ASSIGN(const bounds depth, bounds_of(part));
  std::span<const path_part> repeated = rest;
  if (part.path) repeated = std::get<path>(part.path->node).parts;
  const bool inclusive = part.instruction.ends_with("+inclusive");
  const std::string_view how =
      std::string_view(part.instruction).substr(0, part.instruction.find('+'));
  const recursion again(repeated, depth, inclusive, context);
  if (repetition_in(repeated) < repeated.size()) {
    if (how.empty()) return again.nested(start);
    return fail(errc::evaluation_error,
                "Cannot construct a recursion plan when an instruction is provided");
  }
  if (how == "collect") return again.collect(start);
  if (how == "path") return again.paths(start);
  if (how != "shortest") return again.plain(start);
  eval_context inner = context;
  inner.document = &start;
  SPOOKY_ASSIGN(const value target, compute(*part.target, inner));
  return again.shortest(start, target);
}

}  // namespace spooky::surrealql
