#include "views/tables/row_order.hpp"

#include "surrealql/select/stages.hpp"
#include "surrealql/syntax/print.hpp"

#include <utility>
#include <variant>

namespace spooky::views {

row_order::row_order(surrealql::select_ptr select) {
  if (select->order.empty()) return;
  select_ = std::move(select);
  bool own = true;
  for (const surrealql::order_key& key : select_->order) {
    plain_ = plain_ && !key.collate && !key.numeric;
    descending_.push_back(key.descending);
    if (!text_.empty()) text_ += ", ";
    text_ += surrealql::print(*key.path);
    if (key.collate) text_ += " COLLATE";
    if (key.numeric) text_ += " NUMERIC";
    if (key.descending) text_ += " DESC";
    const auto* path = std::get_if<surrealql::path>(&key.path->node);
    const auto* field = path != nullptr && path->start == nullptr && path->parts.size() == 1
                            ? std::get_if<surrealql::field_part>(&path->parts.front())
                            : nullptr;
    if (field != nullptr)
      own_fields_.push_back(field->name);
    else
      own = false;
  }
  if (!own) own_fields_.clear();
}

std::strong_ordering row_order::compare(const value& a, const value& b) const {
  if (empty()) return std::strong_ordering::equal;
  const std::size_t keys = descending_.size();
  if (!plain_) {
    if (keys == 1) return surrealql::compare_order_keys(*select_, array{a}, array{b});
    return surrealql::compare_order_keys(*select_, a.as_array(), b.as_array());
  }
  if (keys == 1) return descending_[0] ? b <=> a : a <=> b;
  const array& left = a.as_array();
  const array& right = b.as_array();
  for (std::size_t i = 0; i < keys; ++i) {
    const auto c = descending_[i] ? right[i] <=> left[i] : left[i] <=> right[i];
    if (c != 0) return c;
  }
  return std::strong_ordering::equal;
}

value row_order::pack(array keys) const {
  if (empty()) return value::none();
  if (keys.size() == 1) return std::move(keys.front());
  return value(std::move(keys));
}

value row_order::key_of(const value& record) const {
  if (own_fields_.size() == 1) return record[own_fields_.front()];
  array keys;
  keys.reserve(own_fields_.size());
  for (const std::string& field : own_fields_) keys.push_back(record[field]);
  return value(std::move(keys));
}

}  // namespace spooky::views
