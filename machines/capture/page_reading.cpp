#include "machines/capture/page_reading.hpp"

#include <utility>

namespace spooky::machines {

namespace {

constexpr std::size_t records_at_once = 500;

}  // namespace

page_reading::page_reading(std::string table, std::optional<record_id> after, std::size_t rows)
    : table_(std::move(table)), after_(std::move(after)), rows_(rows) {}

std::optional<page_reading::question> page_reading::next() const {
  if (done_) return std::nullopt;
  if (records_) return intents::read_records{*records_->next(), {}, {}};
  if (by_ids_) return intents::list_ids{table_, after_, rows_};
  return intents::read_page{table_, after_, rows_};
}

result<void> page_reading::end_at(const value& last, std::size_t rows) {
  if (!last.is_record()) return fail(errc::corrupt, "a row of " + table_ + " has no record id");
  page_.last = last.as_record();
  page_.ends = rows < rows_;
  return {};
}

result<void> page_reading::answered(array said) {
  page_.ends = said.empty();
  done_ = said.empty();
  if (done_) return {};
  if (!by_ids_) {
    SPOOKY_TRY(end_at(said.back()["id"], said.size()));
    page_.rows = std::move(said);
    done_ = true;
    return {};
  }
  std::vector<record_id> ids;
  for (const auto& id : said) {
    SPOOKY_TRY(end_at(id, said.size()));
    ids.push_back(id.as_record());
  }
  records_.emplace(ids, records_at_once);
  return {};
}

result<void> page_reading::answered(std::vector<change> said) {
  records_->answered(std::move(said));
  finish();
  return {};
}

void page_reading::finish() {
  if (records_->next() != nullptr) return;
  done_ = true;
  page_.left_out = records_->found().left_out;
  for (const auto& c : records_->found().changes)
    if (c.op != change_op::erase) page_.rows.push_back(c.record);
}

bool page_reading::failed(const error& why) {
  if (records_) {
    if (!records_->failed(why)) return false;
    finish();
    return true;
  }
  if (by_ids_ || why.code != errc::evaluation_error) return false;
  by_ids_ = true;
  return true;
}

}  // namespace spooky::machines
