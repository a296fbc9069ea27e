#pragma once

#include "views/maintain/maintained_view.hpp"

namespace spooky::views {

/// What is left of a view that passed one of its limits: its ids and why. It reads nothing and
/// hears of nothing.
class halted_view final : public maintained_view {
 public:
  halted_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
              visibility_ptr seen, error why)
      : maintained_view(tables, std::move(plan), std::move(params), number, std::move(seen)) {
    failure_ = std::move(why);
  }

  result<void> open() override { return *failure_; }
  void close() override {}
  bool update(view_delta& out) override;
  void snapshot(view_snapshot& out) const override;
  object describe() const override;
  std::size_t bytes() const noexcept override { return 0; }
  std::vector<std::string> tables() const override { return {}; }
  bool halted() const noexcept override { return true; }
};

}  // namespace spooky::views
