#pragma once

#include "machines/time.hpp"

namespace spooky::actors {

/// What an actor's clock says: virtual time in tests. The one way in which actors and the machines
/// that they run learn of time.
template <class Self>
machines::timestamp now(const Self& self) {
  return machines::timestamp{self->clock().now().time_since_epoch()};
}

}  // namespace spooky::actors
