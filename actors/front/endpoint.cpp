#include "actors/front/endpoint.hpp"

#include "protocol/log_codec.hpp"
#include "surrealql/codec/json.hpp"

namespace spooky::actors {

namespace {

std::string_view text(endpoint_access access) {
  return access == endpoint_access::open ? "open" : "secret";
}

value media_types(endpoint_body body) {
  array types;
  const auto add = [&types](std::string_view type) { types.emplace_back(type); };
  switch (body) {
    case endpoint_body::none:
      break;
    case endpoint_body::value:
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

std::vector<std::string> open_paths(const std::vector<endpoint_terms>& endpoints) {
  std::vector<std::string> paths;
  for (const auto& terms : endpoints)
    if (terms.access == endpoint_access::open) paths.emplace_back(terms.path);
  return paths;
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
