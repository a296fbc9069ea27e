#include "actors/capture/definition_delivery.hpp"

#include "actors/capture/source_core.hpp"
#include "actors/database_query.hpp"
#include "surrealql/database/definitions.hpp"

#include <algorithm>
#include <utility>

namespace spooky::actors {

namespace {

using tables_ptr = std::shared_ptr<const std::vector<source_table>>;
using next_step = std::function<void()>;

/// Everything that was known to be missing has been taken.
void settled(source_watch_ptr self) {
  auto& definitions = self->state.definitions;
  definitions.complete = true;
  if (definitions.offers != 0) return;
  for (auto& [least, promise] : std::exchange(definitions.asked, {}))
    promise.deliver(std::make_shared<const table_rows>(definitions.ledger.rows(
        table_name{surrealql::definition_table(self->state.config.system_prefix)}, least)));
}

void offer_definitions(source_watch_ptr self, const array& present, const next_step& next) {
  auto& state = self->state;
  auto missing = state.definitions.ledger.lacks(present);
  if (missing.empty()) {
    settled(self);
    return next();
  }
  ++state.definitions.offers;
  self->request(state.sink, state.config.request_timeout, ingest_changes_atom_v,
                one_batch(missing, "definitions"))
      .then(
          [self, missing, next, connection = state.connection](const committed& place) {
            auto& now = self->state;
            --now.definitions.offers;
            now.definitions.ledger.took(missing, place.last);
            settled(self);
            if (connection == now.connection) next();
          },
          [self, connection = state.connection](const caf::error& reason) {
            auto& now = self->state;
            --now.definitions.offers;
            if (connection != now.connection) return;
            const auto why = from_caf(reason);
            look_failed(self, fail(why.code, "definitions are not taken: " + why.message));
          });
}

/// Why views on the table are not what the database would answer; empty: they are. Clients read
/// this, so it names no row.
std::string what_is_lacking(source_watch_ptr self, const std::string& table) {
  const auto& state = self->state;
  if (state.uncaptured.contains(table))
    return "it can neither be read nor watched: the log says why";
  if (!state.left_out.contains(table)) return {};
  return "rows of it cannot be read, because a computed field of theirs fails: the log names them";
}

void take_definition(source_watch_ptr self, const source_table& table,
                     const result<value>& structure, array& present) {
  // A table that was removed since is news of the next look.
  const bool unread = !structure.ok() && structure.failure().code != errc::not_found;
  trouble(self, "definition/" + table.name,
          unread ? "the definition of table " + table.name +
                       " cannot be read, so views show users nothing of it: " +
                       structure.failure().message
                 : std::string{});
  if (!structure.ok()) return;
  auto definition =
      surrealql::table_definition(self->state.config.system_prefix, table.described, *structure);
  const auto why = what_is_lacking(self, table.name);
  present.push_back(why.empty() ? std::move(definition) : surrealql::uncaptured(definition, why));
}

/// INFO FOR DB goes to the sink like INFO FOR TABLE, for those who ask a replica for it.
void tell_texts(source_watch_ptr self, const value& texts) {
  auto& told = self->state.definitions.texts;
  if (told == texts || !texts.is_object()) return;
  told = texts;
  self->send(self->state.sink, describe_table_atom_v, std::string{}, texts);
}

/// Asks for what is defined besides tables, and offers all.
void read_names(source_watch_ptr self, const std::shared_ptr<array>& present,
                const next_step& next) {
  auto& state = self->state;
  ask_database(
      self, state.parts.database, list_names{}, state.config.request_timeout,
      [self, present, next, connection = state.connection](const result<defined_names>& named) {
        auto& now = self->state;
        if (connection != now.connection) return;
        if (!named.ok()) return look_failed(self, named.failure());
        tell_texts(self, named->texts);
        const auto& prefix = now.config.system_prefix;
        for (const auto& param : named->params)
          present->push_back(surrealql::param_definition(prefix, param));
        for (const auto& function : named->functions)
          present->push_back(surrealql::function_definition(prefix, function));
        offer_definitions(self, *present, next);
      });
}

/// Asks for the definitions of the tables from `first` on, some at a time.
void read_definitions(source_watch_ptr self, const tables_ptr& tables, std::size_t first,
                      const std::shared_ptr<array>& present, const next_step& next) {
  auto& state = self->state;
  if (first >= tables->size()) return read_names(self, present, next);
  const auto last = std::min(tables->size(), first + state.config.tables_at_once);
  describe_structures asked;
  for (auto i = first; i < last; ++i) asked.tables.push_back((*tables)[i].name);
  ask_database(self, state.parts.database, std::move(asked), state.config.request_timeout,
               [self, tables, first, last, present, next, connection = state.connection](
                   const result<describe_structures::answer>& described) {
                 auto& now = self->state;
                 if (connection != now.connection) return;
                 if (!described.ok()) return look_failed(self, described.failure());
                 for (auto i = first; i < last; ++i)
                   take_definition(self, (*tables)[i], (*described)[i - first], *present);
                 read_definitions(self, tables, last, present, next);
               });
}

}  // namespace

void deliver_definitions(source_watch_ptr self, const tables_ptr& tables, const next_step& next) {
  read_definitions(self, tables, 0, std::make_shared<array>(), next);
}

void refuse_definitions(source_watch_ptr self) {
  for (auto& [least, promise] : std::exchange(self->state.definitions.asked, {}))
    promise.deliver(to_caf(fail(errc::unavailable, "SurrealDB is away")));
}

caf::result<table_rows_ptr> load_definitions(source_watch_ptr self, sequence_number least) {
  auto& definitions = self->state.definitions;
  auto promise = self->make_response_promise<table_rows_ptr>();
  definitions.asked.emplace_back(least, promise);
  if (definitions.complete) settled(self);
  return promise;
}

}  // namespace spooky::actors
