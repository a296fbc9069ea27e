#include "actors/capture/reconciler.hpp"

#include "actors/capture/row_reading.hpp"
#include "actors/clock.hpp"
#include "surrealql/database/catalog_reader.hpp"
#include "surrealql/database/definitions.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

constexpr std::chrono::milliseconds apply_pause{5};

result<table_stretch<storage::stored_record>> replica_stretch(
    const storage::replica_snapshot& snapshot, const page_request& asked, std::size_t limit) {
  value_range keys;
  if (asked.after) keys.begin = {range_bound::kind::excluded, asked.after->key};
  table_stretch<storage::stored_record> stretch;
  stretch.to_the_end = true;
  SPOOKY_TRY(snapshot.visit(asked.table, keys, [&](const storage::stored_record& row) {
    if (stretch.rows.size() == limit) {
      stretch.to_the_end = false;
      return false;
    }
    stretch.rows.push_back(row);
    return true;
  }));
  return stretch;
}

/// The fields of the table that SurrealDB computes.
result<std::vector<std::string>> computed_fields(const storage::replica_snapshot& snapshot,
                                                 const std::string& prefix,
                                                 const std::string& table) {
  SPOOKY_ASSIGN(const auto defined, snapshot.find(surrealql::table_definition_id(prefix, table)));
  std::vector<std::string> names;
  if (!defined) return names;
  // Whether they can be evaluated here is not asked.
  std::vector<std::string> unread;
  for (const auto& field :
       surrealql::read_catalog_table(defined->record, surrealql::semantics{}, unread).computed)
    names.push_back(field.name);
  return names;
}

std::size_t rows_of(const reconciler_config& config, const page_request& asked) {
  return asked.rows == 0 ? config.page_rows : std::min(asked.rows, config.page_rows);
}

/// A table that does not exist has no rows.
result<table_page> page_of(result<table_page> read) {
  if (read.ok() || read.failure().code != errc::not_found) return read;
  table_page none;
  none.ends = true;
  return none;
}

result<page_difference_ptr> compare(const reconciler_config& config, const page_request& asked,
                                    const storage::replica_snapshot& snapshot,
                                    result<table_page> read) {
  SPOOKY_ASSIGN(auto page, page_of(std::move(read)));
  table_stretch<value> database;
  database.rows = std::move(page.rows);
  database.to_the_end = page.ends;
  database.last = page.last;
  SPOOKY_ASSIGN(const auto replica, replica_stretch(snapshot, asked, rows_of(config, asked)));
  SPOOKY_ASSIGN(const auto computed, computed_fields(snapshot, config.system_prefix, asked.table));
  SPOOKY_ASSIGN(auto found, difference(database, replica, config.system_prefix + "rv", computed));
  found.left_out = std::move(page.left_out);
  return page_difference_ptr{std::make_shared<const page_difference>(std::move(found))};
}

void look_again(reconciler_ptr self, waiting_page page) {
  auto& state = self->state;
  if (now(self) - page.since > state.config.apply_timeout) {
    page.promise.deliver(to_caf(fail(
        errc::timeout, "the replica lags behind the log, so nothing can be compared with it")));
    return;
  }
  state.waiting.push_back(std::move(page));
  if (!std::exchange(state.retry_due, true))
    self->delayed_send(self, apply_pause, compare_again_atom_v);
}

void read_database(reconciler_ptr self, waiting_page page, const frozen_snapshot& pinned) {
  const auto& config = self->state.config;
  read_rows(self, self->state.database,
            read_page{page.asked.table, page.asked.after, rows_of(config, page.asked)},
            config.request_timeout, [self, page, pinned](result<table_page> rows) mutable {
              auto found =
                  compare(self->state.config, page.asked, *pinned.snapshot, std::move(rows));
              if (found.ok())
                page.promise.deliver(std::move(found).value());
              else
                page.promise.deliver(to_caf(found.failure()));
            });
}

void pin_replica(reconciler_ptr self, waiting_page page) {
  self->request(self->state.replica, self->state.config.request_timeout, freeze_atom_v)
      .then(
          [self, page](const frozen_snapshot& pinned) {
            if (pinned.seq < page.asked.applied) return look_again(self, page);
            read_database(self, page, pinned);
          },
          [page](const caf::error& reason) mutable { page.promise.deliver(reason); });
}

}  // namespace

reconciler_actor::behavior_type reconciler(reconciler_ptr self, database_actor database,
                                           replica_keeper_actor replica, reconciler_config config) {
  self->state.database = std::move(database);
  self->state.replica = std::move(replica);
  self->state.config = std::move(config);
  return {
      [self](compare_page_atom, const page_request& asked) -> caf::result<page_difference_ptr> {
        auto promise = self->make_response_promise<page_difference_ptr>();
        pin_replica(self, waiting_page{asked, promise, now(self)});
        return promise;
      },
      [self](compare_again_atom) {
        self->state.retry_due = false;
        for (auto& page : std::exchange(self->state.waiting, {}))
          pin_replica(self, std::move(page));
      },
  };
}

}  // namespace spooky::actors
