#pragma once

#include "actors/interfaces.hpp"

namespace spooky::actors {

struct view_state {
  view_state() = default;
  static inline const char* name = "view";

  registration_ptr registration;
  edge_writer_actor edges;
};

using view_ptr = view_feed_actor::stateful_pointer<view_state>;

/// One registered view. Hands each delta of the engine to those who follow the view, in order:
/// today the edge writer.
view_feed_actor::behavior_type view(view_ptr self, registration_ptr registration,
                                    edge_writer_actor edges);

}  // namespace spooky::actors
