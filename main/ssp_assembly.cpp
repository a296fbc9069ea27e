#include "main/ssp_assembly.hpp"

#include "actors/configure.hpp"
#include "actors/front/ssp_front.hpp"
#include "actors/jobs/job_dispatcher.hpp"
#include "actors/jobs/job_runner.hpp"
#include "actors/ports/database_port.hpp"
#include "actors/ports/job_http_ports.hpp"
#include "actors/ports/scheduler_http_peer.hpp"
#include "actors/ssp/circuit.hpp"
#include "actors/ssp/edge_writer.hpp"
#include "actors/ssp/ssp.hpp"
#include "main/job_wiring.hpp"
#include "main/process.hpp"
#include "main/process_usage.hpp"
#include "main/provisioning.hpp"
#include "net/late_handler.hpp"

#include <future>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::process {

namespace {

constexpr std::chrono::milliseconds stop_grace{3'000};
/// One transaction is never split, so a delivered batch may be large.
constexpr std::size_t max_delivery_bytes = std::size_t{512} << 20;

}  // namespace

ssp_assembly::ssp_assembly(const config::ssp_settings& settings, std::string id)
    : settings_(settings), id_(std::move(id)), instance_(id_or_fresh({}, "process")) {
  actors::configure(system_config_, settings_.worker_threads);
}

ssp_assembly::~ssp_assembly() { stop(); }

std::string ssp_assembly::advertised_url() const {
  return reachable_url(settings_.advertise_addr, settings_.listen_host, port());
}

result<void> ssp_assembly::spawn_edge_writer() {
  SPOOKY_ASSIGN(auto client, make_database_client(io_, settings_.db));
  database_ = actors::spawn_database_port(*system_, std::move(client));
  actors::edge_writer_config edges;
  edges.format.prefix = settings_.db.system_prefix;
  edges.format.ssp_id = ssp_id{id_};
  edges.format.removal = settings_.removal;
  edges.request_timeout = settings_.db.request_timeout;
  edges.batch_rows = settings_.edge_batch_rows;
  edges.epoch_floor = placement_epoch{wall_clock_millis()};
  edges_ = system_->spawn(actors::edge_writer, database_, edges);
  provision(*system_, database_, settings_,
            settings_.single_mode() ? advertised_url() : settings_.scheduler_url);
  return {};
}

actors::circuit_actor ssp_assembly::spawn_circuit(const actors::table_loader& loader,
                                                  const actors::interest_keeper& interest) {
  actors::circuit_config circuit;
  circuit.ssp_id = ssp_id{id_};
  circuit.instance = instance_;
  circuit.version_field = settings_.db.system_prefix + "rv";
  circuit.engine.max_views = settings_.limits.views;
  circuit.engine.max_result_rows = settings_.limits.view_rows;
  circuit.engine.max_query_bytes = settings_.limits.query_bytes;
  return system_->spawn<caf::detached>(actors::circuit,
                                       actors::circuit_parts{loader, edges_, interest}, circuit);
}

namespace {

actors::ssp_config lifecycle_config(const config::ssp_settings& settings, const std::string& id,
                                    const std::string& instance, std::string url) {
  actors::ssp_config ssp;
  ssp.id = ssp_id{id};
  ssp.url = std::move(url);
  ssp.version = SPOOKY_VERSION;
  ssp.instance = instance;
  ssp.heartbeat_interval = settings.heartbeat_interval;
  ssp.sweep_interval = settings.ttl_cleanup_interval;
  return ssp;
}

}  // namespace

result<void> ssp_assembly::spawn_cluster() {
  SPOOKY_ASSIGN(auto url, net::parse_url(settings_.scheduler_url));
  scheduler_ = actors::spawn_scheduler_http_peer(
      *system_, actors::http_peer{client_, std::move(url), settings_.auth_secret}, loader_);
  circuit_ = spawn_circuit(actors::table_loader{scheduler_}, actors::interest_keeper{scheduler_});
  actors::ssp_parts parts;
  parts.circuit = circuit_;
  parts.edges = edges_;
  parts.database = database_;
  parts.scheduler = scheduler_;
  parts.sample_usage = usage_sampler();
  ssp_ = system_->spawn(actors::cluster_ssp, parts,
                        lifecycle_config(settings_, id_, instance_, advertised_url()));
  return {};
}

void ssp_assembly::spawn_single() {
  capture_.spawn(*system_, settings_, database_, actors::replica_keeper_actor{});
  circuit_ = spawn_circuit(actors::table_loader{capture_.watch()}, {});
  actors::ssp_parts parts;
  parts.circuit = circuit_;
  parts.capture = capture_.watch();
  parts.edges = edges_;
  parts.database = database_;
  parts.sample_usage = usage_sampler();
  parts.jobs = actors::log_listener{jobs_};
  ssp_ = system_->spawn(actors::single_ssp, parts,
                        lifecycle_config(settings_, id_, instance_, advertised_url()));
}

result<void> ssp_assembly::spawn_jobs() {
  SPOOKY_ASSIGN(auto routes, make_job_routes(*system_, io_, settings_));
  for (const auto& [table, route] : routes)
    if (route.service) backends_.push_back(route.service);
  runner_ = system_->spawn(actors::job_runner, database_, std::move(routes),
                           job_runner_settings(settings_, id_));
  if (!settings_.single_mode()) {
    SPOOKY_ASSIGN(auto url, net::parse_url(settings_.scheduler_url));
    job_sink_ = actors::spawn_job_http_sink(
        *system_, actors::http_peer{client_, std::move(url), settings_.auth_secret});
    caf::anon_send(runner_, actors::report_to_atom_v, job_sink_);
    return {};
  }
  // Alone, it is its own pool of one.
  const auto open_peer = [runner = runner_](const actors::link_status&) {
    return actors::job_peer{runner};
  };
  jobs_ = system_->spawn(actors::job_dispatcher, actors::job_dispatcher_parts{database_, open_peer},
                         job_dispatcher_settings(settings_, 2 * settings_.heartbeat_interval));
  caf::anon_send(runner_, actors::report_to_atom_v, actors::job_sink{jobs_});
  actors::link_status itself;
  itself.id = ssp_id{id_};
  itself.state = actors::link_state::ready;
  caf::anon_send(jobs_, actors::pool_changed_atom_v, std::move(itself));
  return {};
}

result<void> ssp_assembly::listen() {
  // The lifecycle needs the port it is reached at, and the routes need the lifecycle: the server
  // starts with a handler that answers 503 until the routes are there.
  routes_ = std::make_shared<net::late_handler>();
  net::http_server_options server;
  server.address = settings_.listen_host;
  server.port = settings_.listen_port;
  server.limits.body_bytes = settings_.limits.body_bytes;
  server.limits.body_bytes_by_path = {{"/ingest/batch", max_delivery_bytes}};
  server.limits.header_bytes = settings_.limits.header_bytes;
  server.limits.connections = settings_.limits.connections;
  server.limits.idle_timeout = settings_.limits.idle_timeout;
  SPOOKY_ASSIGN(server_, net::http_server::listen(io_, std::move(server), routes_));
  return {};
}

result<void> ssp_assembly::start() {
  io_.start();
  client_ = std::make_shared<net::http_client>(io_);
  load_io_.start();
  loader_ = std::make_shared<net::http_client>(load_io_);
  system_ = std::make_unique<caf::actor_system>(system_config_);
  SPOOKY_TRY(listen());
  SPOOKY_TRY(spawn_edge_writer());
  SPOOKY_TRY(spawn_jobs());
  if (settings_.single_mode())
    spawn_single();
  else
    SPOOKY_TRY(spawn_cluster());
  actors::ssp_front_config edge;
  edge.id = id_;
  edge.version = SPOOKY_VERSION;
  edge.system_prefix = settings_.db.system_prefix;
  edge.auth_secret = settings_.auth_secret;
  edge.types = capture_.types();
  edge.limits.pending = settings_.limits.pending_requests;
  edge.limits.request_timeout = settings_.limits.request_timeout;
  edge_ = system_->spawn(
      actors::ssp_front,
      actors::ssp_front_parts{ssp_, circuit_, edges_, runner_, capture_.intake(ssp_)}, edge);
  std::static_pointer_cast<net::late_handler>(routes_)->serve_with(actors::ssp_routes(edge_, edge));
  return {};
}

void ssp_assembly::finish_jobs(std::chrono::milliseconds limit) {
  if (!runner_) return;
  caf::scoped_actor self{*system_};
  self->request(runner_, limit, actors::finish_jobs_atom_v)
      .receive([](const actors::ack&) {},
               [](const caf::error&) {
                 spdlog::warn("jobs did not end in time; another SSP repeats them");
               });
}

void ssp_assembly::hand_over(std::chrono::milliseconds limit) {
  if (!ssp_ || settings_.single_mode()) return;
  caf::scoped_actor self{*system_};
  self->request(ssp_, limit + stop_grace, actors::retire_atom_v, caf::timespan{limit})
      .receive([](const actors::ack&) {},
               [](const caf::error& reason) {
                 spdlog::warn("views were not handed over: {}", actors::from_caf(reason).message);
               });
}

void ssp_assembly::stop() {
  if (stopping_.exchange(true) || !system_) return;
  const auto began = std::chrono::steady_clock::now();
  const std::chrono::milliseconds limit = settings_.drain_timeout;
  // Before it leaves the pool: what it holds then, others take over at once.
  finish_jobs(limit / 2);
  hand_over(limit - std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::steady_clock::now() - began));
  if (server_) {
    // Shared: the server may answer after we have stopped waiting.
    const auto answered = std::make_shared<std::promise<void>>();
    server_->stop(stop_grace, [answered] { answered->set_value(); });
    answered->get_future().wait_for(2 * stop_grace);
  }
  // From the outside in: nobody is left who would send to one that has ended.
  caf::scoped_actor self{*system_};
  const auto end = [&self](const auto& part) {
    if (!part) return;
    self->send_exit(part, caf::exit_reason::user_shutdown);
    self->wait_for(part);
  };
  end(edge_);
  end(jobs_);
  end(runner_);
  for (const auto& backend : backends_) end(backend);
  end(job_sink_);
  end(ssp_);
  capture_.end_all(end);
  end(circuit_);
  end(edges_);
  end(scheduler_);
  end(database_);
  server_.reset();
  routes_.reset();
  client_.reset();
  loader_.reset();
  // No callback may reach an actor system that is gone, nor may a straggler keep it.
  load_io_.stop();
  load_io_.join();
  io_.stop();
  io_.join();
  system_->await_actors_before_shutdown(false);
}

}  // namespace spooky::process
