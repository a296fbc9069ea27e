#include "view_commands.hpp"

#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace spooky::oracle {

namespace {

json described(const views::view_snapshot& state) {
  json answer = state.failed ? failed(*state.failed) : ok(state.result);
  std::set<record_id, record_before> ids;
  for (const auto& m : state.members) ids.insert(m.id);
  array members;
  for (const record_id& id : ids) members.emplace_back(id);
  answer["edges"] = ids.size();
  answer["members"] = hex_of(value(std::move(members)));
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

void view_commands::define(std::shared_ptr<const surrealql::catalog> definitions) {
  (void)engine_.set_definitions(std::move(definitions), nullptr);
}

json view_commands::register_view(const json& command) {
  const auto params = params_of(command);
  if (!params.ok()) return failed(params.failure());
  surrealql::caller who;
  if (command.contains("caller")) {
    const json& caller = command.at("caller");
    who.system = caller.at("system").get<bool>();
    const auto session = value_of(caller.at("session").get<std::string>());
    if (!session.ok()) return failed(session.failure());
    if (!who.system)
      for (const auto& [part, said] : session->as_object())
        if (!said.is_nullish()) who.session.set(part, said);
  }
  const auto name = command.at("view").get<std::string>();
  const auto state =
      engine_.register_view(name, command.at("surql").get<std::string>(), *params, who);
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
  return follow(engine_.step(batch));
}

json view_commands::rules(const json& command) {
  const auto tables = rows_of(command, "tables");
  if (!tables.ok()) return failed(tables.failure());
  auto rules = std::make_shared<surrealql::select_rules>();
  std::vector<std::string> unread;
  for (const value& table : *tables) {
    const auto name = std::string(table["name"].as_string());
    if (!command.at("fields").contains(name)) continue;
    const auto fields = value_of(command.at("fields").at(name).get<std::string>());
    if (!fields.ok()) return failed(fields.failure());
    rules->set(name, surrealql::read_table_rule(table["permissions"]["select"], *fields, unread));
  }
  if (!unread.empty())
    return failed(fail(errc::invalid_argument, "cannot be read: " + unread.front()));
  return follow(engine_.set_rules(std::move(rules)));
}

json view_commands::follow(std::span<const views::view_delta> deltas) {
  json problems = json::array();
  for (const auto& delta : deltas) {
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
