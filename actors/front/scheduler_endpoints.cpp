#include "actors/front/scheduler_endpoints.hpp"

#include "actors/front/scheduler_handlers.hpp"
#include "actors/front/stream_door.hpp"

namespace spooky::actors {

const std::vector<scheduler_endpoint>& scheduler_endpoints() {
  using access = endpoint_access;
  using body = endpoint_body;
  using within = endpoint_time;
  // clang-format off
  static const std::vector<scheduler_endpoint> table{
      {{"POST", "/ingest", access::node_or_database, body::change, within::server}, read_change},
      {{"POST", "/ingest/batch", access::node_or_database, body::changes, within::server}, read_changes},
      {{"POST", "/query/register", access::node_or_database, body::registration, within::registration}, register_query},
      {{"POST", "/view/register", access::node_or_database, body::registration, within::registration}, register_view},
      {{"POST", "/view/unregister", access::node_or_database, body::value, within::registration}, unregister_view},
      {{"GET", "/view/{id}/owner", access::node_or_operator, body::none, within::request}, show_owner},
      {{"GET", "/view/{id}/live", access::token, body::none, within::server}, serve_streams},
      {{"GET", "/live", access::token, body::none, within::server}, serve_streams},
      {{"POST", "/ssp/register", access::node, body::value, within::request}, register_ssp},
      {{"POST", "/ssp/interest", access::node, body::value, within::request}, take_interest},
      {{"POST", "/ssp/flush", access::node, body::value, within::request}, flush_table},
      {{"POST", "/ssp/heartbeat", access::node, body::value, within::request}, take_heartbeat},
      {{"POST", "/ssp/drain", access::node_or_operator, body::value, within::request}, drain_ssp},
      {{"POST", "/ssp/leave", access::node, body::value, within::request}, leave_pool},
      {{"POST", "/proxy/query", access::node, body::value, within::request}, query_snapshot},
      {{"POST", "/proxy/signin", access::node, body::value, within::request}, answer_nothing},
      {{"POST", "/proxy/use", access::node, body::value, within::request}, answer_nothing},
      {{"POST", "/job/dispatch", access::node, body::value, within::request}, dispatch_job},
      {{"POST", "/job/result", access::node, body::value, within::request}, take_job_result},
      {{"GET", "/health", access::open, body::none, within::request}, show_health},
      {{"GET", "/info", access::figures, body::none, within::request}, show_info},
      {{"GET", "/metrics", access::figures, body::none, within::request}, show_metrics},
      {{"GET", "/metrics/prometheus", access::figures, body::none, within::request}, show_metrics_text},
      {{"POST", "/drift/seen", access::operators, body::value, within::request}, show_drift},
      {{"GET", "/demo/{file}", access::page, body::none, within::request}, show_page},
      {{"GET", "/demo/client/{file}", access::page, body::none, within::request}, show_page},
      {{"GET", "/version", access::open, body::none, within::request}, show_version},
  };
  // clang-format on
  return table;
}

}  // namespace spooky::actors
