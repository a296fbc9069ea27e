#pragma once

#include "actors/atoms.hpp"
#include "actors/errors.hpp"
#include "actors/messages.hpp"

/// Every typed actor interface of Spooky. Read from top to bottom this file is the map of the
/// running system: who exists, what each accepts, who it tells. docs/architecture.md draws it.
///
///     database --> capture_source, one per mode --> coordinator --> wal_writer --durable-->
///     coordinator
///                                  |--> replica_keeper          (records + applied seq)
///                                  |--> ssp_link, one per SSP ==wire==> ssp front --> ssp
///     ssp --> circuit --delta--> view_feed, one per view --> edge_writer --> database
///             circuit <--> lane, of the views that would hold up the others
///                                             |--> stream_session, one per client ==wire==>
///                                             |    client, or stream_relay of the scheduler
///     wal_writer --durable--> job_dispatcher ==wire==> job_runner --> job_backend
namespace spooky::actors {

template <class... Ts>
using on = caf::reacts_to<Ts...>;
template <class... Ts>
using ask = caf::replies_to<Ts...>;

// -- roles: small interfaces that larger ones extend -------------------------------------------

/// Is told when the database connection comes and goes, and of LIVE notifications it asked for.
using database_listener = caf::typed_actor<
    // Connected and signed in; earlier LIVE queries are gone and must be asked for again.
    on<connected_atom>,
    // The connection is lost, for this reason; it is being retried.
    on<disconnected_atom, std::string>,
    // A LIVE query fired.
    on<live_fired_atom, db_notification>>;

/// Is told SurrealDB's version at each connection, before anybody hears that it is there; empty: it
/// does not tell.
using version_listener = caf::typed_actor<on<database_version_atom, std::string>>;

/// Takes changes and answers once they are as safe as this process makes them.
using change_intake = caf::typed_actor<
    // Whole transactions in commit order. Fails with not_ready or overloaded: offer them again.
    ask<ingest_changes_atom, change_batches>::with<committed>>;

/// Takes what capture finds.
using change_sink = change_intake::extend<
    // Capture has delivered everything that was committed when it started.
    on<caught_up_atom>,
    // INFO FOR TABLE says this of a table; NONE: the table is gone, and its rows have been
    // retracted. Without a name: INFO FOR DB says this.
    on<describe_table_atom, std::string, value>,
    // Changes were missed that nobody can name, for this reason: load everything again. Only
    // where there is no replica to compare with.
    on<reload_all_atom, std::string>,
    // How capture fares.
    on<report_capture_atom, capture_report>>;

/// Writes to a disk.
using disk_user = caf::typed_actor<
    // Why the disk refuses what it is given, for people; empty: it does not.
    ask<disk_status_atom>::with<std::string>>;

/// Is told of each stretch of the log as soon as it is durable, in order, without gaps.
using log_listener = caf::typed_actor<on<durable_atom, log_slice>>;

/// Is told of views that this process holds but may not write any more: another one has them, or
/// (true) somebody deleted the query record.
using ownership_listener = caf::typed_actor<on<fenced_atom, view_claim, bool>>;

/// Loads whole tables: from the scheduler's snapshot, or straight from SurrealDB in single mode.
using table_loader = caf::typed_actor<
    // A table's records, as of this seq or later.
    ask<load_table_atom, table_name, sequence_number>::with<table_rows_ptr>>;

/// Sends a consumer of the log only changes of the tables it needs.
using interest_keeper = caf::typed_actor<
    // Answers with a seq: everything above it that is sent from now on contains these tables.
    // conflict: a newer statement has come before. not_found: register first.
    ask<interest_atom, ssp_interest>::with<sequence_number>>;

/// Is told how each SSP of the pool is doing, whenever that changes.
using pool_listener = caf::typed_actor<on<pool_changed_atom, link_status>>;

/// Runs jobs: an SSP's job_runner, or what stands for it in the scheduler.
using job_peer = caf::typed_actor<
    // Sees to it that this job runs here, unless it does already. overloaded, not_ready: not here,
    // not now. invalid_argument: its table is none of the outbox tables.
    ask<assign_job_atom, job_assignment>::with<ack>>;

/// Is told what became of jobs: the job_dispatcher, or what stands for it in an SSP.
using job_sink = caf::typed_actor<
    // not_found: the job is unknown here. conflict: another SSP runs it.
    ask<report_job_atom, job_report>::with<ack>>;

// -- peers: the world outside this process ------------------------------------------------------

/// SurrealDB. Fails at once with unavailable while not connected.
using database_actor = caf::typed_actor<
    // Carries out one intent; answers as that intent is answered.
    ask<query_atom, db_query>::with<answer>,
    // Adds a listener; it is told the present state at once.
    on<follow_database_atom, database_listener>,
    // The same for the version: while connected it is told at once.
    on<follow_version_atom, version_listener>,
    // Starts a LIVE query for a listener; answers with its id. It ends with the connection.
    ask<start_live_atom, watch_table, database_listener>::with<value>,
    // Whether it is connected, and if not, why.
    ask<database_status_atom>::with<bool, std::string>>;

/// Compares what is kept here with the database, in the background: tables with the replica, or
/// views with the database's own answers.
using watchman_actor = caf::typed_actor<
    // What it has found.
    ask<drift_report_atom>::with<drift_report>,
    // The same, and somebody has looked at it now.
    ask<seen_drift_atom>::with<drift_report>,
    // INTERNAL: time to look on (void unless it is the newest such timer).
    on<watch_on_atom, std::uint64_t>>;

/// The scheduler's view of one SSP process.
using ssp_peer = caf::typed_actor<
    // The SSP's own health.
    ask<health_atom>::with<ssp_health>,
    // Hands over a stretch of the log; answers with the SSP's applied seq.
    ask<deliver_log_atom, log_slice>::with<sequence_number>,
    // Registers a view there; answers with the SSP's answer body.
    ask<register_view_atom, registration_ptr>::with<value>,
    // Removes a view and its edges, unless it is held there under a newer epoch.
    ask<unregister_view_atom, view_claim>::with<ack>,
    // Drops a view that has moved, unless it is held there under a newer epoch; edges stay.
    ask<release_view_atom, view_release>::with<ack>>;

/// An SSP's view of its scheduler.
using scheduler_peer = caf::typed_actor<
    // Joins the pool. not_ready: try again later.
    ask<register_ssp_atom, ssp_registration>::with<ssp_admission>,
    // not_found: register again. conflict: bootstrap again. already_exists: another process has
    // registered under this id.
    ask<heartbeat_atom, ssp_heartbeat>::with<ack>,
    // Unregisters a view everywhere that nobody wants, such as one past its time to live. conflict:
    // somebody does.
    ask<unregister_view_atom, view_id>::with<ack>,
    // Moves this SSP's views away and gives it no new ones; to be asked until none is left.
    ask<drain_ssp_atom, ssp_id>::with<drain_progress>,
    // This SSP leaves the pool at once.
    ask<leave_atom, ssp_id>::with<ack>,
    // Answered when all of the table that was committed before is in the log, up to that seq.
    ask<flush_atom, std::string>::with<sequence_number>>::extend_with<table_loader>::
    extend_with<interest_keeper>;

/// An HTTP service that runs the jobs of one outbox table.
using job_backend = caf::typed_actor<
    // Sends one attempt. Any status is an answer; timeout, unavailable: there was none.
    ask<attempt_job_atom, job_call>::with<job_answer>>;

// -- scheduler ----------------------------------------------------------------------------------

/// The write-ahead log (detached: it blocks on the disk). Assigns `seq`; alone decides durability.
using wal_writer_actor = caf::typed_actor<
    // Appends transactions; answers once they are durable under the sync policy (I1).
    ask<append_atom, change_batches>::with<committed>,
    // Adds a listener for everything that becomes durable from now on.
    on<follow_log_atom, log_listener>,
    // Drops whole segments that hold nothing above seq.
    on<truncate_atom, sequence_number>,
    // The highest durable seq.
    ask<last_durable_atom>::with<sequence_number>,
    // INTERNAL: makes everything appended since the last one durable (group commit).
    on<sync_atom>,
    // INTERNAL: the timer of policy `interval`.
    on<sync_tick_atom>>::extend_with<disk_user>;

/// Runs one `/proxy/query` after another (detached) and streams the answer, which is that of the
/// version it is told.
using proxy_worker_actor = caf::typed_actor<
    // Answers the client, then us.
    ask<run_proxy_atom, frozen_snapshot, exchange>::with<ack>>::extend_with<version_listener>;

/// Hands queries to its proxy workers, as they get free, and replaces those that end.
using proxy_pool_actor = caf::typed_actor<
    // Answered, or refused where too many wait.
    on<run_proxy_atom, frozen_snapshot, exchange>>::extend_with<version_listener>;

/// The lifecycle of one SSP; its behaviours are the states Bootstrapping -> Replaying -> Ready,
/// (-> Draining), and Overflowed, Gone.
using ssp_link_actor = caf::typed_actor<
    // The next stretch of the log. Buffered up to a limit, then Overflowed.
    on<durable_atom, log_slice>,
    // The SSP's heartbeat. conflict when Overflowed: it must bootstrap again.
    ask<heartbeat_atom, ssp_heartbeat>::with<ack>,
    // Registers a view there. not_ready unless Ready.
    ask<register_view_atom, registration_ptr>::with<value>,
    // Removes a view there, or drops one that has moved. not_ready while it bootstraps.
    ask<unregister_view_atom, view_claim>::with<ack>,
    ask<release_view_atom, view_release>::with<ack>,
    // No new views from now on: Ready -> Draining. not_ready in other states.
    ask<drain_link_atom>::with<ack>,
    // The SSP leaves: Gone at once.
    on<leave_atom>, ask<link_status_atom>::with<link_status>,
    // Replaced by a newer registration, or the scheduler stops.
    on<close_link_atom>,
    // INTERNAL: time to look at health and heartbeats; the delivery attempt to repeat.
    on<tend_link_atom>, on<deliver_again_atom, unsigned>,
    // INTERNAL: time to say how far the log is although nothing of it concerns the SSP.
    on<tell_progress_atom>>::extend_with<interest_keeper>;

/// The pool and the strategy: which SSP gets the next view.
using load_balancer_actor = caf::typed_actor<
    // A link changed state or load.
    on<link_changed_atom, link_status, ssp_link_actor>,
    // Chooses a ready SSP. not_ready when there is none.
    ask<pick_atom>::with<ssp_id, std::string, ssp_link_actor>,
    // The link of a ready SSP by id.
    ask<pick_named_atom, ssp_id>::with<ssp_id, std::string, ssp_link_actor>,
    // The link of an SSP in whatever state. not_found for an unknown id.
    ask<find_atom, ssp_id>::with<ssp_id, std::string, ssp_link_actor>,
    // What the registry has placed on an SSP; true: this settles one choice made here.
    on<set_load_atom, ssp_id, ssp_load, bool>,
    // The pool, by id.
    ask<pool_status_atom>::with<pool_roll>,
    // Adds a listener; it is told of every SSP there is at once.
    on<follow_pool_atom, pool_listener>>;

/// Knows who has a view. not_found; not_ready while nobody has.
using owner_finder = caf::typed_actor<ask<owner_atom, view_id>::with<view_assignment>>;

/// Which view lives where. Persisted; survives restarts of scheduler and SSPs.
using view_registry_actor = caf::typed_actor<
    // Registers a view on the SSP that has it, else on the one the balancer picks.
    ask<register_view_atom, registration_ptr>::with<view_assignment>,
    // Removes it, or all views of a query, everywhere. not_found when there is none; conflict when
    // only what nobody wants is to go and the database says that somebody does.
    ask<unregister_view_atom, view_claim>::with<ack>,
    // An SSP became ready and holds these views: register what it should hold and does not.
    on<ready_atom, ssp_id, std::vector<view_id>>,
    // An SSP is gone: its views move.
    on<gone_atom, ssp_id>,
    // Moves an SSP's views away; answers with how far that is. not_found for an unknown SSP.
    ask<drain_ssp_atom, ssp_id>::with<drain_progress>,
    // An SSP leaves the pool: its link ends at once.
    ask<leave_atom, ssp_id>::with<ack>, ask<placement_status_atom>::with<placement_status>,
    // INTERNAL: tries again to place views that have no SSP; moves a view to a joining SSP.
    on<place_again_atom>, on<rebalance_atom>>::extend_with<owner_finder>;

/// The centre of the scheduler: Cloning -> Ready. Gate for ingest, order of delivery, the pool's
/// roll.
using coordinator_actor = caf::typed_actor<
    // /ssp/register. Opens a link: where the SSP is, if the log still holds everything after, else
    // at a snapshot that is pinned for it.
    ask<register_ssp_atom, ssp_registration>::with<ssp_admission>,
    // /ssp/heartbeat. not_found for an unknown SSP; already_exists if its id is another process's.
    ask<heartbeat_atom, ssp_heartbeat>::with<ack>,
    // The snapshot held for a bootstrap, if there is one that is not older than this; else a fresh
    // one.
    ask<hold_snapshot_atom, sequence_number>::with<frozen_snapshot>,
    ask<scheduler_status_atom>::with<scheduler_status>,
    // The initial clone is complete, or reports how far it is, in words or figures.
    on<cloned_atom>, on<describe_clone_atom, std::string>, on<count_clone_atom, clone_progress>,
    // The replica has applied everything up to here.
    on<applied_atom, sequence_number>,
    // A link changed state; one that is Gone is forgotten.
    on<link_changed_atom, link_status, ssp_link_actor>,
    // INTERNAL: checkpoint and log truncation; release of snapshots held too long.
    on<tidy_log_atom>>::extend_with<change_sink>::extend_with<log_listener>::
    extend_with<interest_keeper>::extend_with<version_listener>;

/// Reads back what is in the log (detached: it blocks on the disk).
using log_reader_actor = caf::typed_actor<
    // Everything after the first up to the second seq, which must be durable. not_found when the
    // log does not hold all of it any more.
    ask<read_atom, sequence_number, sequence_number>::with<log_slice>>;

/// The snapshot replica (detached). Applies the log continuously.
using replica_keeper_actor = caf::typed_actor<
    // Says who is told how far the replica is.
    on<follow_replica_atom, coordinator_actor>,
    // Applies a stretch of the log: records, capture cursor and applied seq in one batch (I3).
    on<apply_atom, log_slice>,
    // Clone: forgets everything; then puts records of a table as of before the first change,
    // and in the same write a note of the family `meta`: how far the clone is.
    ask<clear_replica_atom>::with<ack>,
    ask<load_page_atom, table_rows_ptr, std::string, value>::with<ack>,
    // Pins the present state.
    ask<freeze_atom>::with<frozen_snapshot>,
    // Makes everything applied durable; answers with that seq: the log below may go.
    ask<checkpoint_atom>::with<sequence_number>,
    // Small durable notes: key -> value within a family, such as view assignments.
    ask<caf::put_atom, std::string, std::string, value>::with<ack>,
    ask<caf::delete_atom, std::string, std::string>::with<ack>,
    // All notes of a family as an object.
    ask<caf::get_atom, std::string>::with<value>,
    // Highest applied seq.
    ask<last_applied_atom>::with<sequence_number>,
    // INTERNAL: applies what a full disk refused.
    on<apply_again_atom>>::extend_with<disk_user>;

/// Delivers a table's changes, and what they left out when asked to.
using flushable = caf::typed_actor<
    // Answered when all of the table that was committed before is with the sink, as far as sources
    // can tell: with a seq that contains it.
    ask<flush_atom, std::string>::with<sequence_number>,
    // Rows of a table that are not what was delivered: they are read again and delivered.
    on<doubt_rows_atom, std::string, std::vector<record_id>>>;

/// Where changes come from. Watches which tables the database has and hands each to the source that
/// captures it; tells the sink of tables, troubles and the end of catching up. Waits until started.
using capture_actor = caf::typed_actor<
    // Where to go on, which tables the sink has copied, and the sink.
    on<start_capture_atom, feed_start, change_sink>,
    // From a source: it has delivered what was committed when it started (its name); a table
    // equals the sink's again; it is in trouble (its name and what; empty: no longer); it saw a
    // table being defined or removed.
    on<source_caught_up_atom, std::string>, on<table_compared_atom, compared_table>,
    on<source_trouble_atom, std::string, std::string>, on<look_now_atom>,
    // From whoever reads rows: these cannot be read and are left out; a table cannot be captured
    // (its name and why; empty: it can).
    on<rows_left_out_atom, left_out_rows>, on<uncaptured_atom, std::string, std::string>,
    // Tables that are captured as they should be, by a source that is told of their changes.
    ask<captured_tables_atom>::with<std::vector<std::string>>,
    // INTERNAL: time to look at the tables.
    on<look_later_atom>>::extend_with<flushable>::extend_with<table_loader>::
    extend_with<database_listener>;

/// Captures tables in one way: by change feed, LIVE queries or table events. Waits until it is
/// started.
using capture_source_actor = caf::typed_actor<
    // Where to go on, the sink, and whom to tell how it fares.
    on<start_source_atom, feed_start, change_sink, capture_actor>,
    // A table is its own from now on, is to be compared, or is gone.
    on<adopt_atom, captured_table>,
    // A table is another's: answered when nothing of it can come from here any more.
    ask<release_table_atom, std::string>::with<ack>,
    // INTERNAL: time to read (void unless it is the newest such timer); to compare or look after
    // leftovers; to offer again what the sink refused.
    on<read_changes_atom, std::uint64_t>, on<look_after_atom>, on<offer_again_atom>>::
    extend_with<flushable>::extend_with<table_loader>::extend_with<database_listener>;

/// The source of tables whose events post to `/ingest`: what is posted passes through it, so that
/// repetitions and late arrivals end here.
using webhook_source_actor = capture_source_actor::extend_with<change_intake>;

/// Compares a table in the database with the replica (detached: it reads the replica's disk).
using reconciler_actor = caf::typed_actor<
    // The difference within the next page of a table.
    ask<compare_page_atom, page_request>::with<page_difference_ptr>,
    // INTERNAL: the replica had not applied what the page must contain.
    on<compare_again_atom>>;

/// Copies the database into the replica once, before the first change is applied.
using cloner_actor = caf::typed_actor<
    // INTERNAL: begins again after a failure.
    on<clone_again_atom>>::extend_with<database_listener>;

/// Installs the system tables once.
using provisioner_actor = caf::typed_actor<
    // INTERNAL: tries again after a failure.
    on<install_again_atom>>::extend_with<database_listener>;

/// Hands each pending job to exactly one ready SSP, whoever dies. Finds jobs in the log and by
/// scanning the outbox tables; in single mode it serves the one SSP it lives in.
using job_dispatcher_actor = caf::typed_actor<
    // /job/dispatch: hands this job out now; answers with the SSP's id. not_ready without one.
    ask<assign_job_atom, job_assignment>::with<ssp_id>, ask<job_totals_atom>::with<job_totals>,
    // INTERNAL: scans; looks for jobs that are due (void unless it is the newest such timer).
    on<scan_jobs_atom>, on<hand_out_atom, std::uint64_t>>::extend_with<job_sink>::
    extend_with<log_listener>::extend_with<pool_listener>::extend_with<database_listener>;

// -- SSP ----------------------------------------------------------------------------------------

/// Writes view membership to SurrealDB as edges, one transaction per batch, converging (I7).
using edge_writer_actor = caf::typed_actor<
    // The whole membership of a view: the difference to what is stored is written. Answers when
    // the database has it.
    ask<reconcile_view_atom, registration_ptr, snapshot_result_ptr>::with<ack>,
    // What changed since. Merged with what still waits for the same view.
    on<write_delta_atom, registration_ptr, view_delta_ptr>,
    // Removes a view's edges and its query record, unless a newer epoch owns them (conflict).
    ask<unregister_view_atom, view_claim>::with<ack>,
    // Forgets a view; its edges stay.
    on<release_view_atom, view_id>,
    // Who is told of views that another process has taken over.
    on<follow_ownership_atom, ownership_listener>,
    // The views the database has a query record for (single mode: after a restart).
    ask<restore_atom>::with<registrations>,
    // The client of a view is alive. not_found without a query record.
    ask<touch_view_atom, view_id>::with<ack>,
    // Whether the database says that somebody wants the view.
    ask<is_wanted_atom, view_id>::with<bool>,
    // A view as it stands in the database. not_ready while something of it is to be written.
    ask<standing_view_atom, view_id>::with<standing_view>,
    // Nodes of the Merkle tree over a view's rows, by their paths. not_found for an unknown view.
    ask<read_tree_atom, view_id, std::vector<std::string>>::with<tree_nodes>,
    // Removes edges of a view by their keys, for they are not what was written.
    ask<remove_edges_atom, view_id, array>::with<ack>,
    // Ids of this SSP's views whose time to live has passed.
    ask<find_ended_atom>::with<std::vector<view_id>>, ask<edge_status_atom>::with<edge_status>,
    // INTERNAL: writes the next batch; claims a view, or erases one, again after a failure.
    on<write_batch_atom>, on<claim_again_atom, view_id, unsigned>,
    on<erase_again_atom, view_id, std::uint64_t>>::extend_with<database_listener>;

/// One client's connection that carries the streams of views. Keeps nothing that the client has
/// not.
using stream_session_actor = caf::typed_actor<
    // From the connection: a message, there is room again, the client is gone.
    on<client_said_atom, std::string>, on<drained_atom>, on<client_gone_atom>,
    // A view that it follows has ended, or is not here.
    on<view_ended_atom, view_id, stream_ending>,
    // INTERNAL: time to look at tokens; to show that the connection is alive.
    on<token_due_atom>, on<sign_of_life_atom>>;

/// What sends the clients of a stream what there is for them.
using stream_feed = caf::typed_actor<
    // A client that could not be sent something has room again.
    on<drained_atom, subscriber_id>>;

/// Where a client's session has views followed: a circuit, or what stands for the circuits of other
/// processes.
using stream_source = caf::typed_actor<
    // Who sends a view's clients what they get. not_found for an unknown id.
    ask<find_feed_atom, view_id>::with<stream_feed>,
    // Has a client follow a view, which it does until it leaves; it is told where the view is not
    // here.
    on<follow_view_atom, stream_subscription, stream_session_actor>,
    on<leave_view_atom, view_id, subscriber_id>>;

/// Passes on what SSPs stream to one client of the scheduler. Ends with the client's session.
using stream_relay_actor = caf::typed_actor<
    // INTERNAL: what came on the connection with that number; it has ended.
    on<client_said_atom, std::uint64_t, std::string>,
    on<client_gone_atom, std::uint64_t>>::extend_with<stream_source>::extend_with<stream_feed>;

/// Hands one registered view's deltas to who follows it, in order: the edge writer, and clients.
using view_feed_actor = caf::typed_actor<
    // A step of the engine changed this view.
    on<delta_atom, view_delta_ptr>,
    // Registered again: client and activity are refreshed, the view is kept. With a name it was
    // opened anew, and shows something else than its deltas tell.
    on<refresh_view_atom, registration_ptr, std::string>,
    // The view ends here, for this reason.
    on<close_feed_atom, stream_ending>,
    // A client follows the view, by this session; it leaves.
    on<follow_view_atom, stream_subscription, stream_session_actor>,
    on<leave_view_atom, subscriber_id>,
    // INTERNAL: asks for a snapshot again; nobody has come back.
    on<show_again_atom>, on<forget_deltas_atom, std::uint64_t>>::extend_with<stream_feed>;

/// Keeps the views that are too heavy for a circuit (detached: each may take all its time). The
/// circuit owns it, hands it tables and changes, and replaces it.
using lane_actor = caf::typed_actor<
    // Does it all; answers with what came of it. One at a time.
    ask<carry_out_atom, lane_work_ptr>::with<lane_report_ptr>,
    // A view's current state; how it is kept.
    ask<read_view_atom, view_id>::with<snapshot_result_ptr>,
    ask<explain_view_atom, view_id>::with<value>>;

/// Owns the view engine (detached: a step may take long). Applies the log in order, exactly once.
using circuit_actor = caf::typed_actor<
    // The SSP is about to join: says where it stands, and states no interest until it has.
    ask<join_atom>::with<circuit_position>,
    // It has joined where it stood: what it is sent is of the tables it named.
    ask<resume_atom>::with<ack>,
    // Starts over at this position; the views it holds are loaded and registered again. Answers
    // when that is done.
    ask<start_over_atom, circuit_start>::with<restore_outcome>,
    // Forgets every view and table, edges included.
    ask<forget_all_atom>::with<ack>,
    // Applies a stretch of the log; what is not above `applied` is dropped. Answers with `applied`.
    // conflict: changes between `applied` and the stretch are missing.
    ask<ingest_log_atom, log_slice>::with<sequence_number>,
    // Loads the tables the query needs, registers it, writes its edges; answers with the result.
    ask<register_view_atom, registration_ptr>::with<snapshot_result_ptr>,
    // Removes the view and its edges. not_found for an unknown id.
    ask<unregister_view_atom, view_id>::with<ack>,
    // Drops the view; its edges stay. not_found for an unknown id.
    ask<release_view_atom, view_release>::with<ack>,
    // A view's current state.
    ask<read_view_atom, view_id>::with<snapshot_result_ptr>,
    // How a view is kept; what depends on which table.
    ask<explain_view_atom, view_id>::with<value>, ask<explain_tables_atom>::with<value>,
    ask<circuit_status_atom>::with<circuit_status>,
    // Views of at most so many rows that show what they should, and one of them.
    ask<list_views_atom, std::size_t>::with<std::vector<view_id>>,
    ask<watched_view_atom, view_id>::with<watched_view>,
    // Writes the view's edges as they should be; true: first its tables are loaded again, what
    // differs here is put right, and the view is evaluated anew.
    ask<mend_view_atom, view_id, bool>::with<ack>,
    // INTERNAL: a table could not be loaded and is tried again.
    on<load_again_atom, table_name>,
    // INTERNAL: something is due in views that look at the clock; the database is to be asked for
    // others; the numbers of the alarms.
    on<pass_time_atom, std::uint64_t>, on<time_to_ask_atom, std::uint64_t>,
    // INTERNAL: interest could not be stated and is tried again; tables that no view needs go.
    on<state_interest_atom>, on<drop_tables_atom>>::extend_with<stream_source>;

/// Runs jobs: claims each in the database, sends it to its backend, writes its outcome.
using job_runner_actor = caf::typed_actor<
    // Says who is told what became of jobs.
    on<report_to_atom, job_sink>, ask<job_totals_atom>::with<job_totals>,
    // Takes no more; answers when those that run have ended.
    ask<finish_jobs_atom>::with<ack>,
    // INTERNAL: writes the outcome of the job with that number again.
    on<settle_again_atom, std::uint64_t>>::extend_with<job_peer>;

/// The SSP's lifecycle; its behaviours are the states Bootstrapping -> Ready, (-> Draining ->
/// Left); Bootstrapping again on 409 and 404, Failed while another process has its id.
using ssp_actor = caf::typed_actor<
    // A stretch of the log, from whoever it is registered with. not_ready unless Ready.
    ask<ingest_log_atom, log_slice>::with<sequence_number>,
    // conflict for a registration older than what is held.
    ask<register_view_atom, registration_ptr>::with<snapshot_result_ptr>,
    // Removes a view with its edges, or all views of a query that are held here; or drops one that
    // has moved; neither touches a newer epoch. not_found when there is none; conflict when only
    // what nobody wants is to go and somebody does.
    ask<unregister_view_atom, view_claim>::with<ack>,
    ask<release_view_atom, view_release>::with<ack>, ask<ssp_status_atom>::with<ssp_status>,
    // /reset: forgets everything, and bootstraps again.
    ask<reset_ssp_atom>::with<ack>,
    // Takes no new views, hands over those it has, for at most this long, and leaves the pool.
    ask<retire_atom, caf::timespan>::with<ack>,
    // From a local_log: changes were missed, for this reason: bootstrap again. How capture fares.
    on<reload_all_atom, std::string>, on<report_capture_atom, capture_report>,
    // INTERNAL: heartbeat; sweep of views past their time to live; next attempt to start, and next
    // question how far the draining is.
    on<send_heartbeat_atom>, on<expire_views_atom>, on<start_again_atom>, on<drain_further_atom>>::
    extend_with<change_intake>::extend_with<database_listener>::extend_with<ownership_listener>;

/// What an SSP without a scheduler has in its place: the log, in memory. Numbers what capture
/// finds, admits the SSP, and hands it everything after, in order; has its tables loaded.
using local_log_actor = scheduler_peer::extend<
    // Who is registered here, and is sent the log.
    on<follow_log_atom, ssp_actor>>::extend_with<change_sink>::extend_with<version_listener>;

// -- fronts -------------------------------------------------------------------------------------

/// Answers HTTP requests by asking the actors behind it; bounds what is pending.
using http_front_actor =
    caf::typed_actor<on<exchange_atom, exchange>, on<exchange_atom, ingest_exchange>,
                     // A client that follows views.
                     on<exchange_atom, stream_exchange>>;

/// The same for an SSP, which also takes the log from its scheduler.
using ssp_http_front_actor = http_front_actor::extend<on<exchange_atom, log_exchange>>;

}  // namespace spooky::actors
