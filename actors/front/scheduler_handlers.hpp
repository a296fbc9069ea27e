#pragma once

#include "actors/front/routes.hpp"
#include "actors/front/scheduler_front.hpp"

/// What serves the scheduler's endpoints: the functions of its table, by subject.
namespace spooky::actors {

// scheduler_ingest.cpp. The readers run on the connection's thread.
void read_change(const http_front_actor& front, const reading& how,
                 const net::http_request& request, const responder_ptr& respond);
void read_changes(const http_front_actor& front, const reading& how,
                  const net::http_request& request, const responder_ptr& respond);
/// Passes on what they read.
void ingest(scheduler_front_ptr self, ingest_exchange& request);

// scheduler_view_handlers.cpp
void register_query(scheduler_front_ptr self, const exchange& request);
void register_view(scheduler_front_ptr self, const exchange& request);
void unregister_view(scheduler_front_ptr self, const exchange& request);
void show_owner(scheduler_front_ptr self, const exchange& request);

// scheduler_pool_handlers.cpp
void register_ssp(scheduler_front_ptr self, const exchange& request);
void take_interest(scheduler_front_ptr self, const exchange& request);
void flush_table(scheduler_front_ptr self, const exchange& request);
void take_heartbeat(scheduler_front_ptr self, const exchange& request);
void drain_ssp(scheduler_front_ptr self, const exchange& request);
void leave_pool(scheduler_front_ptr self, const exchange& request);

// scheduler_proxy_handlers.cpp
void query_snapshot(scheduler_front_ptr self, const exchange& request);
/// For clients that sign in and choose a database before they ask.
void answer_nothing(scheduler_front_ptr self, const exchange& request);

// scheduler_job_handlers.cpp
void dispatch_job(scheduler_front_ptr self, const exchange& request);
void take_job_result(scheduler_front_ptr self, const exchange& request);

// scheduler_status_handlers.cpp
void show_health(scheduler_front_ptr self, const exchange& request);
void show_info(scheduler_front_ptr self, const exchange& request);
void show_metrics(scheduler_front_ptr self, const exchange& request);
void show_metrics_text(scheduler_front_ptr self, const exchange& request);
void show_version(scheduler_front_ptr self, const exchange& request);
void show_page(scheduler_front_ptr self, const exchange& request);
/// What the watchman has found; somebody has looked at it then.
void show_drift(scheduler_front_ptr self, const exchange& request);

}  // namespace spooky::actors
