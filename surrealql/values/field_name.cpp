#include "surrealql/values/field_name.hpp"

#include "surrealql/values/text_box.hpp"

#include <array>

namespace spooky {

using detail::text_box;

namespace {

/// What a thread remembers must stay small, whatever names it is sent.
constexpr std::size_t longest_kept = 64;

text_box* box_at(std::uint64_t bits) noexcept { return std::bit_cast<text_box*>(bits); }

}  // namespace

std::uint64_t field_name::boxed(std::string_view text) {
  return std::bit_cast<std::uint64_t>(text_box::make(text));
}

field_name field_name::recent(std::string_view text) {
  if (text.size() <= in_place || text.size() > longest_kept) return text;
  thread_local std::array<field_name, 256> names;
  field_name& last = names[std::hash<std::string_view>{}(text) % names.size()];
  if (last.view() != text) last = text;
  return last;
}

void field_name::share() const noexcept {
  box_at(bits_)->owners.fetch_add(1, std::memory_order_relaxed);
}

void field_name::release() noexcept {
  text_box* box = box_at(bits_);
  if (box->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) text_box::destroy(box);
}

std::string_view field_name::shared_text() const noexcept { return box_at(bits_)->view(); }

}  // namespace spooky
