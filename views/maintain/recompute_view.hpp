#pragma once

#include "views/maintain/maintained_view.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace spooky::views {

/// The last resort: runs the query from scratch over the engine's own tables, but only when
/// something that its last run read has changed. Its one root is the whole query.
class recompute_view final : public maintained_view {
 public:
  recompute_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
                 visibility_ptr seen, std::string reason);

  result<void> open(std::size_t max_rows) override;
  void close() override;
  bool update(view_delta& out) override;
  void snapshot(view_snapshot& out) const override;
  object describe() const override;
  maintenance mode() const override { return maintenance::recompute; }
  std::string mode_reason() const override { return reason_; }
  std::vector<std::string> tables() const override { return tables_of(*plan_, params_); }

 private:
  void run();
  std::vector<member> members_of(const value& result) const;

  std::string reason_;
  value result_;
  std::vector<member> members_;
  std::vector<std::uint64_t> reads_;
  std::size_t max_rows_ = 0;
};

}  // namespace spooky::views
