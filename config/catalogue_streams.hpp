#pragma once

#include "config/access.hpp"
#include "config/catalogue_builder.hpp"

#include <cstdint>

/// The part of the catalogue that is about streams of views to clients.
namespace spooky::config {

/// What both processes have.
template <class S>
void add_stream_clients(catalogue_builder<S>& c) {
  constexpr std::int64_t kib = 1'024;
  constexpr std::int64_t gib = kib * kib * kib;
  c.whole(
      {"streams.connections"}, [](auto& s) -> auto& { return s.streams.connections; }, 1, 1'000'000,
      "Connections that carry streams; more get 503. They count among `limits.connections`, of "
      "which an eighth is left to others.");
  c.whole(
      {"streams.views"}, [](auto& s) -> auto& { return s.streams.views; }, 1, 100'000,
      "Views that one connection carries.");
  c.bytes(
      {"streams.queue_bytes"}, [](auto& s) -> auto& { return s.streams.queue_bytes; }, kib, gib,
      "What may wait for one slow client. Then it is sent nothing more until it has taken that, "
      "and what it has missed or a snapshot afterwards.");
  c.toggle(
      {"streams.compress"}, [](auto& s) -> auto& { return s.streams.compress; },
      "Compress WebSocket messages where the client offers it. Costs some 300 KiB and the time of "
      "compressing for each such connection.");
}

inline void add_streams(catalogue_builder<scheduler_process>& c) {
  add_stream_clients(c);
  c.toggle(
      {"streams.proxy"}, [](auto& s) -> auto& { return s.streams.proxy; },
      "Lead clients of streams to the scheduler's own address, which passes on what SSPs send: "
      "where clients cannot reach those. Else a registration names its SSP, which costs less.");
}

inline void add_streams(catalogue_builder<ssp_process>& c) {
  constexpr std::int64_t kib = 1'024;
  constexpr std::int64_t gib = kib * kib * kib;
  add_stream_clients(c);
  c.whole(
      {"streams.ring"}, [](auto& s) -> auto& { return s.streams.ring; }, 1, 1'000'000,
      "Changes of one view that are kept while somebody follows it, and for a minute longer: who "
      "comes back, or was slow, goes on from there without a snapshot.");
  c.bytes(
      {"streams.ring_bytes"}, [](auto& s) -> auto& { return s.streams.ring_bytes; }, kib, gib,
      "What these may hold together.");
  c.whole(
      {"streams.token_lifetime_secs"}, [](auto& s) -> auto& { return s.streams.token_lifetime; }, 1,
      86'400,
      "How long a registration's `stream_token` lets in. No stream outlives its token; registering "
      "again gives another one, and what the client has lost the right to see ends with the old.");
}

}  // namespace spooky::config
