#pragma once

#include "actors/messages.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>

namespace spooky::actors {

/// One answer for several requests that give nothing but success: given when the last of them is
/// answered, the first failure if there was one.
class all_done {
 public:
  all_done(std::size_t requests, caf::typed_response_promise<ack> promise)
      : left_(requests), promise_(std::move(promise)) {}

  void one(std::optional<caf::error> failure) {
    if (failure && !failure_) failure_ = std::move(failure);
    if (--left_ != 0) return;
    if (failure_)
      promise_.deliver(*failure_);
    else
      promise_.deliver(ack{});
  }

 private:
  std::size_t left_;
  std::optional<caf::error> failure_;
  caf::typed_response_promise<ack> promise_;
};

/// Sends `ask(item)` for each and answers `promise` when all are answered. `items` is not empty.
template <class Items, class Ask>
void ask_each(const Items& items, caf::typed_response_promise<ack> promise, Ask ask) {
  const auto all = std::make_shared<all_done>(items.size(), std::move(promise));
  for (const auto& item : items)
    ask(item).then([all](const ack&) { all->one({}); },
                   [all](const caf::error& why) { all->one(why); });
}

}  // namespace spooky::actors
