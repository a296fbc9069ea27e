#include "actors/front/ssp_endpoints.hpp"

#include "actors/front/ssp_handlers.hpp"
#include "actors/front/stream_door.hpp"

namespace spooky::actors {

namespace {

/// One transaction is never split, so a delivered stretch of the log may be large.
constexpr std::size_t delivery_bytes = std::size_t{512} << 20;

}  // namespace

const std::vector<ssp_endpoint>& ssp_endpoints() {
  using access = endpoint_access;
  using body = endpoint_body;
  using within = endpoint_time;
  // clang-format off
  static const std::vector<ssp_endpoint> table{
      {{"POST", "/ingest", access::node_or_database, body::change, within::request}, read_change},
      {{"POST", "/ingest/batch", access::node_or_database, body::changes_or_log, within::request, delivery_bytes}, read_changes},
      {{"POST", "/view/register", access::node_or_database, body::registration, within::registration}, register_view},
      {{"POST", "/view/unregister", access::node_or_database, body::value, within::registration}, unregister_view},
      {{"POST", "/view/release", access::node, body::value, within::registration}, release_view},
      {{"POST", "/view/heartbeat", access::node, body::value, within::request}, keep_view},
      {{"GET", "/view/{id}", access::node, body::none, within::request}, show_view},
      {{"POST", "/view/{id}/merkle", access::token, body::value, within::request}, compare_view},
      {{"GET", "/view/{id}/live", access::token, body::none, within::server}, serve_streams},
      {{"GET", "/live", access::token, body::none, within::server}, serve_streams},
      {{"POST", "/reset", access::operators, body::value, within::registration}, reset},
      {{"POST", "/job/dispatch", access::node, body::value, within::request}, take_job},
      {{"POST", "/log", access::node, body::value, within::request}, log_line},
      {{"GET", "/debug/view/{id}", access::operators, body::none, within::request}, explain_view},
      {{"GET", "/debug/deps", access::operators, body::none, within::request}, explain_tables},
      {{"GET", "/health", access::open, body::none, within::request}, show_health},
      {{"GET", "/info", access::figures, body::none, within::request}, show_info},
      {{"GET", "/metrics", access::figures, body::none, within::request}, show_metrics},
      {{"GET", "/metrics/prometheus", access::figures, body::none, within::request}, show_metrics_text},
      {{"POST", "/drift/seen", access::operators, body::value, within::request}, show_drift},
      {{"GET", "/version", access::open, body::none, within::request}, show_version},
  };
  // clang-format on
  return table;
}

}  // namespace spooky::actors
