#pragma once

#include "actors/front/routes.hpp"
#include "actors/front/ssp_front.hpp"

/// What serves an SSP's endpoints: the functions of its table, by subject.
namespace spooky::actors {

// ssp_ingest.cpp. The readers run on the connection's thread. Changes that carry a seq come from a
// scheduler; without one, from a producer.
void read_change(const ssp_http_front_actor& front, const reading& how,
                 const net::http_request& request, const responder_ptr& respond);
void read_changes(const ssp_http_front_actor& front, const reading& how,
                  const net::http_request& request, const responder_ptr& respond);
/// Pass on what they read.
void ingest(ssp_front_ptr self, ingest_exchange& request);
void ingest_log(ssp_front_ptr self, const log_exchange& request);

// ssp_view_handlers.cpp
void register_view(ssp_front_ptr self, const exchange& request);
void unregister_view(ssp_front_ptr self, const exchange& request);
void release_view(ssp_front_ptr self, const exchange& request);
void keep_view(ssp_front_ptr self, const exchange& request);
void show_view(ssp_front_ptr self, const exchange& request);
void compare_view(ssp_front_ptr self, const exchange& request);
void explain_view(ssp_front_ptr self, const exchange& request);
void explain_tables(ssp_front_ptr self, const exchange& request);
void reset(ssp_front_ptr self, const exchange& request);

// ssp_job_handlers.cpp
void take_job(ssp_front_ptr self, const exchange& request);

// ssp_log_handlers.cpp
void log_line(ssp_front_ptr self, const exchange& request);

// ssp_status_handlers.cpp
void show_health(ssp_front_ptr self, const exchange& request);
void show_info(ssp_front_ptr self, const exchange& request);
void show_metrics(ssp_front_ptr self, const exchange& request);
void show_metrics_text(ssp_front_ptr self, const exchange& request);
void show_version(ssp_front_ptr self, const exchange& request);
/// What the watchman has found; somebody has looked at it then.
void show_drift(ssp_front_ptr self, const exchange& request);

}  // namespace spooky::actors
