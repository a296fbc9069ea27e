#include "view_commands.hpp"

#include <vector>

namespace spooky::oracle {

namespace {

json described(const views::view_snapshot& state) {
  json answer = state.failed ? failed(*state.failed) : ok(state.result);
  answer["mode"] = state.mode == views::maintenance::incremental ? "incremental" : "recompute";
  answer["reason"] = state.mode_reason;
  return answer;
}

result<change> change_of(const json& one) {
  change made;
  const auto op = one.at("op").get<std::string>();
  made.op = op == "create"   ? change_op::create
            : op == "update" ? change_op::update
                             : change_op::erase;
  SPOOKY_ASSIGN(const value id, value_of(one.at("id").get<std::string>()));
  if (!id.is_record()) return fail(errc::invalid_argument, "expected a record id");
  made.id = id.as_record();
  if (made.op != change_op::erase) {
    SPOOKY_ASSIGN(made.record, value_of(one.at("record").get<std::string>()));
  }
  return made;
}

}  // namespace

void view_commands::reset() {
  engine_.reset();
  mirrors_.clear();
  seq_ = 1;
}

json view_commands::load(const json& command) {
  const auto rows = rows_of(command, "rows");
  if (!rows.ok()) return failed(rows.failure());
  const auto loaded = engine_.load(command.at("table").get<std::string>(), *rows, seq_);
  return loaded.ok() ? ok(value(static_cast<std::int64_t>(rows->size())))
                     : failed(loaded.failure());
}

json view_commands::register_view(const json& command) {
  const auto params = params_of(command);
  if (!params.ok()) return failed(params.failure());
  const auto name = command.at("view").get<std::string>();
  const auto state = engine_.register_view(name, command.at("surql").get<std::string>(), *params);
  if (!state.ok()) return failed(state.failure());
  mirrors_.insert_or_assign(name, view_mirror(*state));
  return described(*state);
}

json view_commands::step(const json& command) {
  std::vector<change> batch;
  for (const json& one : command.at("changes")) {
    auto made = change_of(one);
    if (!made.ok()) return failed(made.failure());
    made->seq = ++seq_;
    batch.push_back(std::move(*made));
  }
  json problems = json::array();
  for (const auto& delta : engine_.step(batch)) {
    const auto mirror = mirrors_.find(delta.view_id);
    if (mirror == mirrors_.end()) continue;
    if (const auto problem = mirror->second.apply(delta))
      problems.push_back({delta.view_id, *problem});
  }
  for (const auto& [name, mirror] : mirrors_) {
    const auto state = engine_.snapshot(name);
    if (!state.ok()) return failed(state.failure());
    if (const auto problem = mirror.difference(*state)) problems.push_back({name, *problem});
  }
  return {{"problems", problems}};
}

json view_commands::view(const json& command) const {
  const auto state = engine_.snapshot(command.at("view").get<std::string>());
  return state.ok() ? described(*state) : failed(state.failure());
}

}  // namespace spooky::oracle
