#pragma once

#include "actors/capture/source_watch.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The part of source_watch that gives the tables' definitions to the sink.
namespace spooky::actors {

/// Reads the definitions of these tables, offers the sink those that it does not hold as one
/// transaction, and goes on with `next` when it has taken them, at once if there are none. A
/// definition that cannot be read is a trouble, and none: views show nothing of its table.
void deliver_definitions(source_watch_ptr self,
                         const std::shared_ptr<const std::vector<source_table>>& tables,
                         const std::function<void()>& next);

/// What the sink has been given, once that is everything.
caf::result<table_rows_ptr> load_definitions(source_watch_ptr self, sequence_number least);

/// The database is away: who waits for definitions asks again.
void refuse_definitions(source_watch_ptr self);

// -- what source_watch.cpp does -------------------------------------------------------------------

/// This look has failed; another one follows.
void look_failed(source_watch_ptr self, const error& why);

/// Reports and logs what is wrong, or that it is right again (empty).
void trouble(source_watch_ptr self, const std::string& where, const std::string& what);

}  // namespace spooky::actors
