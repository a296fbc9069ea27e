#include "actors/front/endpoint.hpp"

#include "protocol/log_codec.hpp"
#include "surrealql/codec/json.hpp"

#include <utility>

namespace spooky::actors {

namespace {

std::string_view text(endpoint_access access) {
  switch (access) {
    case endpoint_access::open:
      return "open";
    case endpoint_access::figures:
      return "figures";
    case endpoint_access::node:
      return "node";
    case endpoint_access::operators:
      return "operators";
    case endpoint_access::node_or_operator:
      return "node or operator";
    case endpoint_access::page:
      return "page";
    case endpoint_access::token:
      return "token";
    case endpoint_access::node_or_database:
      break;
  }
  return "node or database";
}

value media_types(endpoint_body body) {
  array types;
  const auto add = [&types](std::string_view type) { types.emplace_back(type); };
  switch (body) {
    case endpoint_body::none:
      break;
    case endpoint_body::value:
    case endpoint_body::registration:
    case endpoint_body::change:
      add("application/json");
      add("application/cbor");
      break;
    case endpoint_body::changes_or_log:
      add(log_media_type);
      [[fallthrough]];
    case endpoint_body::changes:
      add("application/x-ndjson");
      add("application/json");
      add("application/cbor");
      break;
  }
  return value{std::move(types)};
}

std::string_view text(endpoint_time time) {
  switch (time) {
    case endpoint_time::request:
      return "request";
    case endpoint_time::registration:
      return "registration";
    case endpoint_time::server:
      break;
  }
  return "server";
}

}  // namespace

net::caller_kinds callers_of(endpoint_access access, bool figures_are_open, bool page_is_open) {
  switch (access) {
    case endpoint_access::open:
      return net::everybody;
    case endpoint_access::figures:
      return figures_are_open ? net::everybody : caller::operators;
    case endpoint_access::node:
      return caller::node;
    case endpoint_access::operators:
      return caller::operators;
    case endpoint_access::node_or_operator:
      return caller::node | caller::operators;
    case endpoint_access::page:
      return page_is_open ? net::everybody : caller::operators;
    case endpoint_access::token:
      return net::token_holders;
    case endpoint_access::node_or_database:
      break;
  }
  return caller::node | caller::database;
}

net::bearer_check check_of(const front_secrets& secrets) {
  std::vector<net::credential> credentials;
  const auto add = [&credentials](net::caller_kinds kind, const std::vector<std::string>& valid) {
    for (const auto& secret : valid) credentials.push_back({kind, secret});
  };
  add(caller::node, secrets.node);
  add(caller::operators, secrets.operators);
  add(caller::database, secrets.database);
  return net::bearer_check{std::move(credentials)};
}

std::vector<std::pair<std::string, std::size_t>> body_limits(
    const std::vector<endpoint_terms>& endpoints) {
  std::vector<std::pair<std::string, std::size_t>> limits;
  for (const auto& terms : endpoints)
    if (terms.body_bytes != 0) limits.emplace_back(terms.path, terms.body_bytes);
  return limits;
}

std::string to_lines(const std::vector<endpoint_terms>& endpoints) {
  std::string lines;
  for (const auto& terms : endpoints) {
    object line{{"method", value{terms.method}},
                {"path", value{terms.path}},
                {"access", value{text(terms.access)}},
                {"accepts", media_types(terms.body)},
                {"time", value{text(terms.time)}}};
    if (terms.body_bytes != 0)
      line.set("body_bytes", value{static_cast<std::int64_t>(terms.body_bytes)});
    surrealql::write_json(value{std::move(line)}, lines);
    lines += '\n';
  }
  return lines;
}

}  // namespace spooky::actors
