#include "main/ssp_assembly.hpp"

#include "actors/configure.hpp"
#include "actors/exceptions.hpp"
#include "actors/front/ssp_front.hpp"
#include "actors/jobs/job_dispatcher.hpp"
#include "actors/jobs/job_runner.hpp"
#include "actors/ports/database_port.hpp"
#include "actors/ports/job_http_ports.hpp"
#include "actors/ports/scheduler_http_peer.hpp"
#include "actors/ssp/circuit.hpp"
#include "actors/ssp/edge_writer.hpp"
#include "actors/ssp/lane.hpp"
#include "actors/ssp/local_log.hpp"
#include "actors/ssp/ssp.hpp"
#include "actors/ssp/view_watchman.hpp"
#include "main/allowlist_file.hpp"
#include "main/front_wiring.hpp"
#include "main/job_wiring.hpp"
#include "main/process.hpp"
#include "main/process_usage.hpp"
#include "main/provisioning.hpp"
#include "main/secrets.hpp"
#include "main/stopping.hpp"
#include "net/late_handler.hpp"
#include "net/url.hpp"
#include "surrealql/database/definitions.hpp"
#include "surrealql/values/budget.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::process {

namespace {

/// For one request to the scheduler by a process that cannot go on.
constexpr std::chrono::seconds leave_limit{1};

}  // namespace

ssp_assembly::ssp_assembly(const config::ssp_process& settings, std::string id)
    : settings_(settings),
      secrets_(secrets_of(settings_, settings_.access)),
      id_(std::move(id)),
      instance_(id_or_fresh({}, "process")) {
  actors::configure(system_config_, settings_.worker_threads);
}

ssp_assembly::~ssp_assembly() { stop(); }

std::string ssp_assembly::advertised_url() const {
  return reachable_url(settings_.advertise_addr, settings_.listen_host, port(),
                       settings_.access.tls);
}

result<void> ssp_assembly::spawn_edge_writer() {
  SPOOKY_ASSIGN(auto client, make_database_client(io_, settings_.db, settings_.access));
  database_ = owner_.keep(actors::spawn_database_port(*system_, std::move(client)));
  actors::edge_writer_config edges;
  edges.format.prefix = settings_.db.system_prefix;
  edges.format.ssp_id = ssp_id{id_};
  edges.format.removal = settings_.removal;
  edges.request_timeout = settings_.db.request_timeout;
  edges.batch_rows = settings_.edge_batch_rows;
  edges.epoch_floor = placement_epoch{wall_clock_millis()};
  edges_ = owner_.spawn(*system_, actors::edge_writer, database_, edges);
  provision(*system_, owner_, database_, settings_, sent(secrets_.database),
            settings_.single_mode() ? advertised_url() : settings_.scheduler_url);
  return {};
}

actors::circuit_actor ssp_assembly::spawn_circuit() {
  actors::circuit_config circuit;
  circuit.ssp_id = ssp_id{id_};
  circuit.instance = instance_;
  circuit.version_field = settings_.db.system_prefix + "rv";
  circuit.definition_table = table_name{surrealql::definition_table(settings_.db.system_prefix)};
  circuit.engine.max_views = settings_.limits.views;
  circuit.node.views = settings_.limits.views;
  circuit.node.rows = settings_.limits.rows;
  circuit.client_heavy_queries = settings_.limits.client_heavy_queries;
  circuit.client = {actors::cap_scope::client, settings_.limits.client_views,
                    settings_.limits.client_rows, settings_.limits.client_memory_bytes};
  circuit.engine.max_result_rows = settings_.limits.view_rows;
  circuit.feeds.limits.ring = settings_.streams.ring;
  circuit.feeds.limits.ring_bytes = settings_.streams.ring_bytes;
  circuit.engine.text.bytes = settings_.limits.query_bytes;
  circuit.engine.text.depth = settings_.limits.parse_depth;
  circuit.engine.max_bytes = settings_.limits.memory_bytes;
  circuit.engine.max_view_bytes = settings_.limits.view_memory_bytes;
  circuit.engine.max_view_steps = surrealql::run_limits::unbounded;
  circuit.engine.max_view_time = settings_.limits.view_time;
  circuit.engine.time_granularity = settings_.time_granularity;
  circuit.time_of_day = [] {
    return std::chrono::time_point_cast<machines::timespan>(std::chrono::system_clock::now());
  };
  circuit.engine.max_turn_time = settings_.limits.turn_time;
  // Engines have threads of their own: what else the machine does is not what a view costs.
  circuit.engine.clock = thread_time;
  actors::circuit_parts parts{
      actors::table_loader{scheduler_}, edges_, actors::interest_keeper{scheduler_}, {}};
  if (settings_.limits.turn_time.count() > 0)
    parts.spawn_lane = [system = system_.get()](const views::engine_options& options) {
      return system->spawn<caf::detached>(actors::guarded(actors::lane), options);
    };
  return owner_.spawn<caf::detached>(*system_, actors::circuit, std::move(parts),
                                     std::move(circuit));
}

namespace {

actors::ssp_config lifecycle_config(const config::ssp_process& settings, const std::string& id,
                                    const std::string& instance, std::string url) {
  actors::ssp_config ssp;
  ssp.id = ssp_id{id};
  ssp.url = std::move(url);
  ssp.version = SPOOKY_VERSION;
  ssp.instance = instance;
  ssp.heartbeat_interval = settings.heartbeat_interval;
  ssp.sweep_interval = settings.ttl_cleanup_interval;
  ssp.alone = settings.single_mode();
  return ssp;
}

}  // namespace

result<void> ssp_assembly::attach_to_scheduler() {
  SPOOKY_ASSIGN(auto url, net::parse_url(settings_.scheduler_url));
  scheduler_ = owner_.keep(actors::spawn_scheduler_http_peer(
      *system_, actors::http_peer{client_, std::move(url), sent(secrets_.node)}, loader_));
  spawn_ssp();
  intake_ = ssp_;
  return {};
}

void ssp_assembly::attach_to_database() {
  capture_.spawn(*system_, owner_, settings_, database_, actors::replica_keeper_actor{});
  const auto log = owner_.spawn(
      *system_, actors::local_log,
      actors::local_log_parts{database_, capture_.watch(), actors::log_listener{jobs_}},
      actors::local_log_config{});
  scheduler_ = log;
  intake_ = log;
  spawn_ssp();
  caf::anon_send(log, actors::follow_log_atom_v, ssp_);
}

void ssp_assembly::spawn_ssp() {
  circuit_ = spawn_circuit();
  actors::ssp_parts parts;
  parts.circuit = circuit_;
  parts.edges = edges_;
  parts.database = database_;
  parts.scheduler = scheduler_;
  parts.sample_usage = usage_sampler();
  ssp_ = owner_.spawn(*system_, actors::ssp, parts,
                      lifecycle_config(settings_, id_, instance_, advertised_url()));
  actors::view_watchman_config watch;
  watch.pace = watch_pace_of(settings_.watchman);
  watch.view_rows = settings_.watchman.view_rows;
  watch.format.prefix = settings_.db.system_prefix;
  watch.request_timeout = settings_.db.request_timeout;
  watchman_ =
      owner_.spawn(*system_, actors::view_watchman,
                   actors::view_watchman_parts{circuit_, edges_, database_, scheduler_}, watch);
}

result<void> ssp_assembly::spawn_jobs() {
  SPOOKY_ASSIGN(auto routes,
                make_job_routes(*system_, owner_, io_, settings_, settings_.access.tls));
  for (const auto& [table, route] : routes)
    if (route.service) backends_.push_back(route.service);
  runner_ = owner_.spawn(*system_, actors::job_runner, database_, std::move(routes),
                         job_runner_settings(settings_, id_));
  if (!settings_.single_mode()) {
    SPOOKY_ASSIGN(auto url, net::parse_url(settings_.scheduler_url));
    job_sink_ = owner_.keep(actors::spawn_job_http_sink(
        *system_, actors::http_peer{client_, std::move(url), sent(secrets_.node)}));
    caf::anon_send(runner_, actors::report_to_atom_v, job_sink_);
    return {};
  }
  // Alone, it is its own pool of one.
  const auto open_peer = [runner = runner_](const actors::link_status&) {
    return actors::job_peer{runner};
  };
  jobs_ = owner_.spawn(*system_, actors::job_dispatcher,
                       actors::job_dispatcher_parts{database_, open_peer},
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
  auto server = server_options(settings_.listen_host, settings_.listen_port, settings_.limits,
                               settings_.access.tls);
  server.limits.body_bytes_by_path = actors::body_limits(actors::ssp_terms());
  SPOOKY_ASSIGN(server_, net::http_server::listen(io_, std::move(server), routes_));
  return {};
}

result<void> ssp_assembly::start() {
  io_.start();
  client_ = make_peer_client(io_, settings_.access.tls);
  load_io_.start();
  loader_ = make_peer_client(load_io_, settings_.access.tls);
  system_ = std::make_unique<caf::actor_system>(system_config_);
  SPOOKY_TRY(listen());
  SPOOKY_TRY(spawn_edge_writer());
  SPOOKY_TRY(spawn_jobs());
  if (settings_.single_mode())
    attach_to_database();
  else
    SPOOKY_TRY(attach_to_scheduler());
  auto front = front_settings(settings_, settings_.access, id_, capture_.types());
  front.takes_log = !settings_.single_mode();
  front.url = net::with_scheme(advertised_url());
  front.streams = stream_terms_of(settings_, secrets_.node);
  if (settings_.single_mode()) {
    SPOOKY_ASSIGN(front.queries, open_allowlist(io_, settings_, settings_.access.allowlist));
  }
  front_ = owner_.spawn(
      *system_, actors::ssp_front,
      actors::ssp_front_parts{ssp_, circuit_, edges_, runner_, capture_.intake(intake_), watchman_},
      front);
  std::static_pointer_cast<net::late_handler>(routes_)->serve_with(
      actors::ssp_routes(front_, front));
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

void ssp_assembly::leave_pool() {
  if (!scheduler_ || settings_.single_mode()) return;
  caf::scoped_actor self{*system_};
  self->request(scheduler_, leave_limit, actors::leave_atom_v, ssp_id{id_})
      .receive([](const actors::ack&) {},
               [](const caf::error& reason) {
                 spdlog::warn("the scheduler was not told: {}", actors::from_caf(reason).message);
               });
}

/// Before it leaves the pool: what it holds then, others take over at once.
void ssp_assembly::hand_over_all() {
  const auto began = std::chrono::steady_clock::now();
  const std::chrono::milliseconds limit = settings_.drain_timeout;
  finish_jobs(limit / 2);
  hand_over(limit - std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::steady_clock::now() - began));
}

void ssp_assembly::stop() {
  if (stopping_.exchange(true) || !system_) return;
  owner_.release();
  // Without one of its parts what it shows goes stale: others must have its views now.
  if (broken())
    leave_pool();
  else
    hand_over_all();
  stop_listening(server_.get());
  // From the outside in: nobody is left who would send to one that has ended.
  const one_by_one end{*system_};
  end(front_);
  end(jobs_);
  end(runner_);
  for (const auto& backend : backends_) end(backend);
  end(job_sink_);
  end(watchman_);
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
  stop_threads({&load_io_, &io_}, *system_);
}

}  // namespace spooky::process
