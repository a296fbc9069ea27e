#include "intents/views/view_records.hpp"
#include "main/allowlist_file.hpp"
#include "main/commands.hpp"
#include "main/database_session.hpp"
#include "surrealql/analyse/shape.hpp"

#include <iostream>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace spooky::process {

namespace {

/// A file that is not there yet is an empty list.
result<machines::allowlist> present_list(const std::string& path) {
  auto list = read_allowlist(path);
  if (!list.ok() && list.failure().code == errc::not_found) return machines::allowlist{};
  return list;
}

/// Adds what is registered now.
result<std::size_t> learn(const allowlist_request& request, machines::allowlist& list) {
  database_session session{request.db, request.access};
  SPOOKY_TRY(session.connect());
  intents::read_stored_views asked;
  asked.format.prefix = request.prefix;
  SPOOKY_ASSIGN(const auto stored, session.ask(asked));
  std::size_t learnt = 0;
  for (const auto& view : stored.views)
    if (const auto shape = surrealql::shape_of(view->surql); shape.ok())
      learnt += list.add(*shape) ? 1 : 0;
  return learnt;
}

/// A shape that stands in the list, or that of a query.
result<std::string> shape_named(const machines::allowlist& list, const std::string& text) {
  if (list.has(text)) return text;
  return surrealql::shape_of(text);
}

result<int> run(const allowlist_request& request) {
  SPOOKY_ASSIGN(auto list, present_list(request.file));
  switch (request.verb) {
    case allowlist_verb::show:
      std::cout << list.text();
      return 0;
    case allowlist_verb::learn: {
      SPOOKY_ASSIGN(const auto learnt, learn(request, list));
      SPOOKY_TRY(write_allowlist(request.file, list));
      std::cerr << fmt::format("{}: {} new, {} in all\n", request.file, learnt,
                               list.shapes().size());
      return 0;
    }
    case allowlist_verb::add: {
      SPOOKY_ASSIGN(const auto shape, surrealql::shape_of(request.query));
      list.add(shape);
      SPOOKY_TRY(write_allowlist(request.file, list));
      std::cout << shape << '\n';
      return 0;
    }
    case allowlist_verb::remove:
      break;
  }
  SPOOKY_ASSIGN(const auto shape, shape_named(list, request.query));
  if (!list.remove(shape)) return fail(errc::not_found, request.file + " does not list " + shape);
  SPOOKY_TRY(write_allowlist(request.file, list));
  std::cout << shape << '\n';
  return 0;
}

}  // namespace

int change_allowlist(const allowlist_request& request) {
  const auto outcome = run(request);
  if (outcome.ok()) return *outcome;
  std::cerr << "error: " << outcome.failure().message << '\n';
  return 1;
}

}  // namespace spooky::process
