#include "actors/front/stream_door.hpp"

#include "net/url.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace spooky::actors {

namespace {

void answer(const stream_exchange& client, net::http_response response) {
  if (client.session)
    client.session->refuse(std::move(response));
  else
    client.respond->send(std::move(response));
}

/// Whether a page of this origin is one of this machine's.
bool is_local(std::string_view origin) {
  const auto mark = origin.find("://");
  if (mark == std::string_view::npos) return false;
  const auto url = net::parse_url(std::string{origin});
  return url.ok() && (url->host == "localhost" || url->host == "127.0.0.1" || url->host == "::1");
}

/// Where nobody shows a secret, any page in a browser on this machine could reach its clients'
/// views.
bool is_strange_page(const stream_exchange& client) {
  const auto* origin = client.request->headers.find("Origin");
  return client.callers == net::everybody && origin != nullptr && !is_local(*origin);
}

std::string_view parameter(const net::http_request& request, std::string_view name) {
  const auto* found = request.query_parameter(name);
  return found == nullptr ? std::string_view{} : std::string_view{*found};
}

/// Where the client wants to go on: browsers say it their own way when they connect again.
std::string_view place_of(const net::http_request& request) {
  const auto last = request.headers.get("Last-Event-ID");
  return last.empty() ? parameter(request, "since") : last;
}

result<stream_format> format_of(const stream_exchange& client) {
  if (!client.session) return stream_format::event;
  const auto format = parameter(*client.request, "format");
  if (format.empty() || format == "json") return stream_format::json;
  if (format == "cbor") return stream_format::cbor;
  // A scheduler asks so that passes events on.
  if (format == "event") return stream_format::event;
  return fail(errc::invalid_argument, "parameter 'format' must be json or cbor");
}

/// A page cannot set headers on a WebSocket, others can.
std::string_view token_of(const net::http_request& request) {
  const auto token = parameter(request, "token");
  return token.empty() ? net::bearer_token(request.headers) : token;
}

bool is_trusted(net::caller_kinds callers) {
  return (callers & (caller::node | caller::operators)) != 0;
}

/// Whether that is formed as net::stream_tokens are.
bool may_be_token(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
         text.find('.') != std::string_view::npos;
}

/// What the one view of a connection is asked for with; answered where it is not let in.
bool read_view(stream_opening& opening, const front_config& config, machines::timestamp now) {
  const auto& client = opening.client;
  const auto& request = *client.request;
  const auto named = read_view_id(value{request.path_parameter("id")}, config.system_prefix);
  if (!named.ok()) return answer(client, net::error_response(named.failure())), false;
  stream_request::subscribe asked;
  asked.view = *named;
  asked.rows = parameter(request, "rows") == "true";
  asked.since = read_place(place_of(request));
  const auto until = admitted(config.streams, opening.trusted, asked.view, token_of(request), now);
  if (!until) return answer(client, net::error_response(needs_token())), false;
  opening.first = session_event::subscribe{std::move(asked), until};
  return true;
}

}  // namespace

std::optional<net::http_response> stopped_at_door(const net::http_request& request,
                                                  net::caller_kinds callers) {
  if (is_trusted(callers) || may_be_token(token_of(request))) return std::nullopt;
  if (callers == net::nobody) return net::error_response(needs_token());
  return net::forbidden_response("the secret that was sent is known, but not one for " +
                                 request.path);
}

void serve_streams(net::router& routes, const http_front_actor& front,
                   const endpoint_terms& terms) {
  const bool single = terms.path.find('{') != std::string_view::npos;
  routes.add_websocket(
      terms.path, net::token_holders,
      [front, single](net::http_request request, net::caller_kinds callers,
                      std::shared_ptr<net::ws_session> session) {
        caf::anon_send(
            front, exchange_atom_v,
            stream_exchange{std::make_shared<const net::http_request>(std::move(request)),
                            callers,
                            single,
                            std::move(session),
                            {}});
      });
  routes.add(
      terms.method, terms.path, net::token_holders,
      [front, single](net::http_request request, net::caller_kinds callers, responder_ptr respond) {
        if (auto stopped = stopped_at_door(request, callers))
          return respond->send(std::move(*stopped));
        if (!single || request.method == "HEAD" ||
            !request.headers.get("Accept").starts_with("text/event-stream"))
          return respond->send(net::error_response(
              fail(errc::invalid_argument,
                   request.path + " is for WebSocket" + (single ? " and text/event-stream" : ""))));
        caf::anon_send(
            front, exchange_atom_v,
            stream_exchange{std::make_shared<const net::http_request>(std::move(request)),
                            callers,
                            single,
                            {},
                            std::move(respond)});
      });
}

std::optional<stream_opening> let_in(stream_exchange& client, const front_config& config,
                                     std::size_t others, machines::timestamp now) {
  const auto refuse = [&](net::http_response response) {
    answer(client, std::move(response));
    return std::nullopt;
  };
  if (is_strange_page(client))
    return refuse(
        net::forbidden_response("pages of another origin are let in where a secret is set"));
  if (others >= config.streams.connections)
    return refuse(net::error_response(fail(errc::overloaded, "too many streams are open here")));
  const auto format = format_of(client);
  if (!format.ok()) return refuse(net::error_response(format.failure()));
  stream_opening opening;
  opening.format = *format;
  opening.trusted = is_trusted(client.callers);
  opening.client = std::move(client);
  if (opening.client.single && !read_view(opening, config, now)) return std::nullopt;
  return opening;
}

error needs_token() {
  return fail(errc::unauthorized,
              "this needs ?token= with the stream_token of the view's registration, or a node's or "
              "an operator's secret");
}

bool may_see(const exchange& request, const view_id& view, const front_config& config,
             machines::timestamp now) {
  return admitted(config.streams, is_trusted(request.callers), view, token_of(*request.request),
                  now)
      .has_value();
}

void turn_away(const stream_exchange& client, const error& why) {
  answer(client, net::error_response(why));
}

std::string stream_url(const std::string& address, const view_id& view) {
  return address + "/view/" + net::percent_encode(view) + "/live";
}

}  // namespace spooky::actors
