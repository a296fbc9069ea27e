#pragma once

#include "view_mirror.hpp"
#include "views/engine/engine.hpp"
#include "wire.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace spooky::oracle {

/// Views kept up to date by changes, each mirrored through its deltas.
class view_commands {
 public:
  explicit view_commands(surrealql::semantics rules) : engine_(options_for(rules)) {}

  void reset();
  /// `{op: "view_load", table, rows}`: before the first view.
  json load(const json& command);
  /// What the database defines; before the first view.
  void define(std::shared_ptr<const surrealql::catalog> definitions);
  /// `{op: "register", view, surql, params?, caller?}`: `{ok: result, mode, reason, edges,
  /// members}`: `members` are the records that it shows, related ones too, and `edges` their
  /// number. `caller` is
  /// `{system, session}`.
  json register_view(const json& command);
  /// `{op: "step", changes: [{op, id, record}]}`: one transaction; `{problems: [[view, text]]}`
  /// where the deltas do not lead to the views' own states.
  json step(const json& command);
  /// `{op: "time", now}`, in milliseconds since 1970: it is that late; answers as step.
  json advance(const datetime& now) { return follow(engine_.advance_to(now)); }
  /// `{op: "rules", tables, fields}`: what the tables show to whom from now on, as `INFO FOR DB
  /// STRUCTURE` (its `tables`) and `INFO FOR TABLE STRUCTURE` (their `fields`) say; answers as
  /// step.
  json rules(const json& command);
  /// `{op: "view", view}`: the current result, or the view's error.
  json view(const json& command) const;

 private:
  json follow(std::span<const views::view_delta> deltas);
  static views::engine_options options_for(surrealql::semantics rules) {
    views::engine_options options;
    options.text.rules = rules;
    options.time_granularity = std::chrono::milliseconds{1};
    return options;
  }

  views::engine engine_;
  std::map<std::string, view_mirror> mirrors_;
  sequence_number seq_ = 1;
};

}  // namespace spooky::oracle
