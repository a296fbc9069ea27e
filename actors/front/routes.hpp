#pragma once

#include "actors/front/endpoint.hpp"
#include "actors/front/front.hpp"
#include "actors/interfaces.hpp"
#include "net/router.hpp"

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

namespace spooky::actors {

/// What a reader on the connection's thread needs to know.
struct reading {
  std::shared_ptr<const known_types> types;  ///< may be empty
  std::size_t batch_changes = 0;
  caf::duration time;
  bool takes_log = false;                   ///< an SSP whose changes a scheduler numbers
  net::caller_kinds callers = net::nobody;  ///< who sent the request
};

/// A row of a front's table: the terms, and the function that serves them. `Self` is a pointer to
/// the front's actor, `Front` its handle.
template <class Self, class Front>
struct endpoint {
  /// Runs in the actor, the request admitted, and answers.
  using handler = void (*)(Self self, const exchange& request);
  /// Runs on the connection's thread; answers what it cannot read, passes the rest to the front as
  /// a message of its own. For bodies that are large or frequent.
  using reader = void (*)(const Front& front, const reading& how, const net::http_request& request,
                          const responder_ptr& respond);
  /// Adds its routes itself. For connections that last.
  using mounter = void (*)(net::router& routes, const http_front_actor& front,
                           const endpoint_terms& terms);

  endpoint_terms terms;
  std::variant<handler, reader, mounter> serve;
};

template <class Endpoint>
std::vector<endpoint_terms> terms_of(const std::vector<Endpoint>& table) {
  std::vector<endpoint_terms> terms;
  terms.reserve(table.size());
  for (const auto& row : table) terms.push_back(row.terms);
  return terms;
}

/// How the requests of one row are passed to its front.
struct passing {
  std::size_t row = 0;
  caf::duration time;
  net::caller_kinds may_call = net::nobody;
  bool views_by_nodes = false;  ///< views are registered by nodes only
};

/// Adds a route whose requests reach the front as an exchange for this row; a body is decoded
/// first, and answered with 400 where it cannot be, or says what its sender has no right to say.
void add_exchange(net::router& routes, const http_front_actor& front, const endpoint_terms& terms,
                  const passing& how);

/// The routes of a table. Bodies are decoded on the connection's thread: what cannot be read is
/// answered there and reaches no actor.
template <class Self, class Front>
std::shared_ptr<net::router> routes_of(const std::vector<endpoint<Self, Front>>& table,
                                       const Front& front, const front_config& config) {
  auto routes = std::make_shared<net::router>();
  routes->tell_apart(check_of(config.secrets));
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto& [terms, serve] = table[row];
    const auto time = config.limits.of(terms.time);
    const auto may_call = callers_of(terms.access, config.figures_are_open, config.demo_page);
    if (const auto* mount = std::get_if<typename endpoint<Self, Front>::mounter>(&serve)) {
      (*mount)(*routes, front, terms);
    } else if (const auto* read = std::get_if<typename endpoint<Self, Front>::reader>(&serve)) {
      const reading how{config.types, config.limits.batch_changes, time, config.takes_log,
                        net::nobody};
      routes->add(
          terms.method, terms.path, may_call,
          [front, read = *read, how](const net::http_request& request, net::caller_kinds callers,
                                     const responder_ptr& respond) {
            auto sent = how;
            sent.callers = callers;
            read(front, sent, request, respond);
          });
    } else {
      add_exchange(*routes, front, terms, {row, time, may_call, config.takes_log});
    }
  }
  return routes;
}

/// Calls the handler that an exchange is for, unless too many requests wait already.
template <class Self, class Front>
void dispatch(const std::vector<endpoint<Self, Front>>& table, Self self, const exchange& request) {
  const auto access = table[request.endpoint].terms.access;
  const bool probe = access == endpoint_access::open || access == endpoint_access::figures;
  if (self->state.pending.admit(request.respond, probe))
    std::get<typename endpoint<Self, Front>::handler>(table[request.endpoint].serve)(self, request);
}

}  // namespace spooky::actors
