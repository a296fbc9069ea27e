#pragma once

#include "actors/interfaces.hpp"

namespace spooky::actors {

struct view_feed_state {
  view_feed_state() = default;
  static inline const char* name = "view_feed";

  registration_ptr registration;
  edge_writer_actor edges;
};

using view_feed_ptr = view_feed_actor::stateful_pointer<view_feed_state>;

/// One registered view. Hands each delta of the engine to those who follow the view, in order:
/// today the edge writer.
view_feed_actor::behavior_type view_feed(view_feed_ptr self, registration_ptr registration,
                                         edge_writer_actor edges);

}  // namespace spooky::actors
