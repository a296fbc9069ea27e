#include "main/scheduler_assembly.hpp"

#include "actors/capture/cloner.hpp"
#include "actors/capture/source_watch.hpp"
#include "actors/configure.hpp"
#include "actors/front/scheduler_front.hpp"
#include "actors/jobs/job_dispatcher.hpp"
#include "actors/ports/database_port.hpp"
#include "actors/ports/job_http_ports.hpp"
#include "actors/ports/ssp_http_peer.hpp"
#include "actors/scheduler/coordinator.hpp"
#include "actors/scheduler/load_balancer.hpp"
#include "actors/scheduler/log_reader.hpp"
#include "actors/scheduler/proxy_pool.hpp"
#include "actors/scheduler/proxy_worker.hpp"
#include "actors/scheduler/replica_keeper.hpp"
#include "actors/scheduler/ssp_link.hpp"
#include "actors/scheduler/view_registry.hpp"
#include "actors/scheduler/wal_writer.hpp"
#include "main/allowlist_file.hpp"
#include "main/front_wiring.hpp"
#include "main/job_wiring.hpp"
#include "main/log_identity.hpp"
#include "main/process.hpp"
#include "main/provisioning.hpp"
#include "main/recovery.hpp"
#include "main/secrets.hpp"
#include "main/stopping.hpp"
#include "net/url.hpp"
#include "surrealql/database/definitions.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::process {

namespace {

constexpr std::size_t proxy_worker_count = 2;

}  // namespace

scheduler_assembly::scheduler_assembly(const config::scheduler_process& settings, std::string id)
    : settings_(settings),
      secrets_(secrets_of(settings_, settings_.access)),
      id_(std::move(id)),
      files_(&storage::posix_file_system()) {
  actors::configure(system_config_, settings_.worker_threads);
}

scheduler_assembly::~scheduler_assembly() { stop(); }

std::string scheduler_assembly::streams_address() const {
  return net::with_scheme(reachable_url(settings_.advertise_addr, settings_.ingest_host,
                                        settings_.ingest_port, settings_.access.tls));
}

result<void> scheduler_assembly::open_storage() {
  storage::replica_options replica;
  replica.directory = settings_.replica_db_path;
  SPOOKY_ASSIGN(auto opened, storage::replica::open(std::move(replica)));
  replica_ = std::make_shared<storage::replica>(std::move(opened));
  storage::wal_options log;
  log.directory = settings_.wal_path;
  log.segment_bytes = settings_.wal_segment_bytes;
  log.start_after = replica_->applied_seq();
  SPOOKY_ASSIGN(auto recovered, storage::wal::open(*files_, std::move(log)));
  log_ = std::make_shared<storage::wal>(std::move(recovered));
  const bool same = goes_on(*log_, *replica_, settings_.sync);
  SPOOKY_TRY(recover(*files_, settings_.wal_path, *log_, *replica_));
  SPOOKY_ASSIGN(log_id_, log_identity(*replica_, same));
  SPOOKY_ASSIGN(database_version_, stored_database_version(*replica_));
  return {};
}

result<void> scheduler_assembly::spawn_storage_and_database() {
  actors::wal_writer_config wal;
  wal.sync = settings_.sync;
  wal.sync_interval = settings_.wal_sync_interval;
  wal_ = owner_.spawn<caf::detached>(*system_, actors::wal_writer, log_, wal);
  log_reader_ =
      owner_.spawn<caf::detached>(*system_, actors::log_reader, files_, settings_.wal_path);
  keeper_ = owner_.spawn<caf::detached>(*system_, actors::replica_keeper, replica_);
  SPOOKY_ASSIGN(auto client, make_database_client(io_, settings_.db, settings_.access));
  database_ = owner_.keep(actors::spawn_database_port(*system_, std::move(client)));
  return {};
}

void scheduler_assembly::spawn_pool() {
  balancer_ = owner_.spawn(*system_, actors::load_balancer, settings_.balance);
  actors::view_registry_config registry;
  registry.grace = settings_.heartbeat_timeout + settings_.heartbeat_interval;
  registry.format.prefix = settings_.db.system_prefix;
  registry.request_timeout = settings_.db.request_timeout;
  registry.client.views = settings_.limits.client_views;
  registry.client.rows = settings_.limits.client_rows;
  if (settings_.streams.proxy) registry.streams_at = streams_address();
  registry.rebalance_moves_per_sec = settings_.rebalance_moves_per_sec;
  registry.wall_clock = std::chrono::milliseconds{wall_clock_millis()} -
                        std::chrono::duration_cast<std::chrono::milliseconds>(
                            system_->clock().now().time_since_epoch());
  registry_ = owner_.spawn(*system_, actors::view_registry,
                           actors::view_registry_parts{balancer_, keeper_, database_}, registry);
}

result<void> scheduler_assembly::spawn_capture() {
  SPOOKY_ASSIGN(
      const auto from,
      stored_feed_start(*replica_, surrealql::definition_table(settings_.db.system_prefix)));
  actors::ssp_link_config link;
  link.poll_interval = settings_.ssp_poll_interval;
  link.heartbeat_timeout = settings_.heartbeat_timeout;
  link.bootstrap_timeout = settings_.bootstrap_timeout;
  link.max_buffered = settings_.max_buffer_per_ssp;
  const auto open_link = [this, link](const ssp_registration& who, const ssp_admission& admission,
                                      const std::vector<log_slice>& since,
                                      const actors::coordinator_actor& coordinator) {
    auto url = net::parse_url(who.url);
    auto peer = owner_.keep(actors::spawn_ssp_http_peer(
        *system_, actors::http_peer{client_, url.value_or({}), sent(secrets_.node)}));
    return actors::ssp_link_actor{
        owner_.spawn(*system_, actors::ssp_link,
                     actors::ssp_link_parts{std::move(peer), coordinator, balancer_, registry_},
                     link, who, admission, since)};
  };
  actors::coordinator_config coordinator;
  coordinator.checkpoint_interval = settings_.snapshot_update_interval;
  coordinator.snapshot_max_age = settings_.snapshot_max_age;
  coordinator.max_buffer_per_ssp = settings_.max_buffer_per_ssp;
  coordinator.log_id = log_id_;
  coordinator.database = database_version_;
  coordinator_ = owner_.spawn(
      *system_, actors::coordinator,
      actors::coordinator_parts{wal_, log_reader_, keeper_, database_, open_link, fresh_log_id},
      coordinator, log_->next_seq() - 1, from.has_value());

  capture_.spawn(*system_, owner_, settings_, database_, keeper_);
  if (from) {
    caf::anon_send(capture_.watch(), actors::start_capture_atom_v, *from,
                   actors::change_sink{coordinator_});
    return {};
  }
  actors::cloner_config clone;
  clone.system_prefix = settings_.db.system_prefix;
  clone.request_timeout = settings_.db.request_timeout;
  clone.overlap = settings_.capture.overlap;
  clone.retention = settings_.capture.retention;
  clone.provision = settings_.db.provision;
  clone.parallel = settings_.clone_parallel;
  clone.page_rows = settings_.clone_page_rows;
  clone.mode_of = [capture = settings_.capture](const std::string& table) {
    return std::string{machines::to_string(machines::way_of(capture.mode_of(table)))};
  };
  cloner_ =
      owner_.spawn(*system_, actors::cloner,
                   actors::cloner_parts{database_, keeper_, coordinator_, capture_.watch()}, clone);
  return {};
}

void scheduler_assembly::spawn_jobs() {
  const auto open_peer = [this](const actors::link_status& ssp) {
    auto url = net::parse_url(ssp.url);
    return owner_.keep(actors::spawn_job_http_peer(
        *system_, actors::http_peer{client_, url.value_or({}), sent(secrets_.node)}));
  };
  jobs_ = owner_.spawn(*system_, actors::job_dispatcher,
                       actors::job_dispatcher_parts{database_, open_peer},
                       job_dispatcher_settings(
                           settings_, settings_.heartbeat_timeout + settings_.heartbeat_interval));
  caf::anon_send(wal_, actors::follow_log_atom_v, actors::log_listener{jobs_});
  caf::anon_send(balancer_, actors::follow_pool_atom_v, actors::pool_listener{jobs_});
}

result<void> scheduler_assembly::listen() {
  actors::proxy_worker_config proxy;
  proxy.query_time = settings_.limits.query_time;
  proxy.max_rows = settings_.limits.query_rows;
  proxy.max_bytes = settings_.limits.query_memory_bytes;
  proxy.database = database_version_;
  proxy.definition_table = surrealql::definition_table(settings_.db.system_prefix);
  proxy.parse.bytes = settings_.limits.query_bytes;
  proxy.parse.depth = settings_.limits.parse_depth;
  const auto hire = [system = system_.get(), proxy] {
    return system->spawn<caf::detached>(actors::guarded(actors::proxy_worker), proxy);
  };
  proxy_ = owner_.spawn(
      *system_, actors::proxy_pool, hire,
      actors::proxy_pool_config{proxy_worker_count, settings_.limits.pending_requests});
  caf::anon_send(database_, actors::follow_version_atom_v, actors::version_listener{proxy_});
  auto front = front_settings(settings_, settings_.access, id_, capture_.types());
  SPOOKY_ASSIGN(front.queries, open_allowlist(io_, settings_, settings_.access.allowlist));
  front.url = streams_address();
  front.streams = stream_terms_of(settings_, secrets_.node);
  front.passes_streams = settings_.streams.proxy;
  front.demo_page = settings_.demo_page;
  front_ = owner_.spawn(*system_, actors::scheduler_front,
                        actors::scheduler_front_parts{
                            coordinator_, registry_, proxy_, jobs_, capture_.intake(coordinator_),
                            capture_.watchman(), capture_.watch(),
                            stream_opener_of(io_, settings_.access.tls, sent(secrets_.node))},
                        front);
  auto server = server_options(settings_.ingest_host, settings_.ingest_port, settings_.limits,
                               settings_.access.tls);
  server.limits.body_bytes_by_path = actors::body_limits(actors::scheduler_terms());
  SPOOKY_ASSIGN(server_, net::http_server::listen(io_, std::move(server),
                                                  actors::scheduler_routes(front_, front)));
  provision(
      *system_, owner_, database_, settings_, sent(secrets_.database),
      reachable_url(settings_.advertise_addr, settings_.ingest_host, port(), settings_.access.tls));
  return {};
}

result<void> scheduler_assembly::start() {
  SPOOKY_TRY(open_storage());
  io_.start();
  client_ = make_peer_client(io_, settings_.access.tls);
  system_ = std::make_unique<caf::actor_system>(system_config_);
  SPOOKY_TRY(spawn_storage_and_database());
  spawn_pool();
  spawn_jobs();
  SPOOKY_TRY(spawn_capture());
  return listen();
}

void scheduler_assembly::stop() {
  if (stopping_.exchange(true) || !system_) return;
  owner_.release();
  stop_listening(server_.get());
  // From the source to the disk: nobody is left who would send to one that has ended.
  const one_by_one end{*system_};
  end(front_);
  end(cloner_);
  capture_.end_all(end);
  end(proxy_);
  end(jobs_);
  end(coordinator_);
  end(registry_);
  end(balancer_);
  end(log_reader_);
  end(wal_);
  end(keeper_);
  end(database_);
  server_.reset();
  client_.reset();
  stop_threads({&io_}, *system_);
}

}  // namespace spooky::process
