#include "actors/front/scheduler_handlers.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace spooky::actors {

namespace {

result<std::vector<std::string>> read_texts(const value& body, std::string_view field) {
  const auto& list = body[field];
  std::vector<std::string> texts;
  if (list.is_nullish()) return texts;
  if (!list.is_array()) return wrong_field(field, "must be a list of strings");
  for (const auto& item : list.as_array()) {
    if (!item.is_string()) return wrong_field(field, "must be a list of strings");
    texts.emplace_back(item.as_string());
  }
  return texts;
}

/// The SSP that a body names.
result<std::string> read_ssp_id(const value& body) {
  if (!body["ssp_id"].is_string() || body["ssp_id"].as_string().empty())
    return wrong_field("ssp_id", "must be a non-empty string");
  return std::string{body["ssp_id"].as_string()};
}

std::string text_or_empty(const value& v) {
  return v.is_string() ? std::string{v.as_string()} : std::string{};
}

result<ssp_registration> read_ssp(const value& body) {
  ssp_registration who;
  SPOOKY_ASSIGN(who.id, read_ssp_id(body));
  if (!body["url"].is_string()) return wrong_field("url", "must be a string");
  const auto url = net::parse_url(body["url"].as_string());
  if (!url.ok()) return wrong_field("url", "is no URL: " + url.failure().message);
  who.url = body["url"].as_string();
  who.version = text_or_empty(body["version"]);
  who.instance = text_or_empty(body["instance"]);
  who.log_id = text_or_empty(body["log_id"]);
  SPOOKY_ASSIGN(who.views, read_texts(body, "views"));
  if (!body["tables"].is_nullish()) {
    SPOOKY_ASSIGN(who.tables, read_texts(body, "tables"));
  }
  SPOOKY_ASSIGN(who.revision, read_count(body, "revision"));
  SPOOKY_ASSIGN(who.applied, read_count(body, "applied_seq"));
  return who;
}

result<ssp_interest> read_interest(const value& body) {
  ssp_interest interest;
  SPOOKY_ASSIGN(interest.id, read_ssp_id(body));
  interest.instance = text_or_empty(body["instance"]);
  SPOOKY_ASSIGN(interest.revision, read_count(body, "revision"));
  if (!body["tables"].is_array()) return wrong_field("tables", "must be a list of strings");
  SPOOKY_ASSIGN(interest.tables, read_texts(body, "tables"));
  return interest;
}

double read_number(const value& body, const char* name, const char* alias) {
  const auto& found = body[name].is_number() ? body[name] : body[alias];
  if (found.type() == value_type::integer) return static_cast<double>(found.as_integer());
  return found.type() == value_type::floating ? found.as_floating() : 0.0;
}

result<ssp_heartbeat> read_heartbeat(const value& body) {
  ssp_heartbeat beat;
  SPOOKY_ASSIGN(beat.id, read_ssp_id(body));
  const auto& views = body["views"];
  if (!views.is_nullish() && views.type() != value_type::integer && !views.is_array())
    return wrong_field("views", "must be a number");
  if (views.type() == value_type::integer && views.as_integer() > 0)
    beat.views = static_cast<std::size_t>(views.as_integer());
  if (views.is_array()) beat.views = views.as_array().size();
  beat.cpu = read_number(body, "cpu", "cpu_usage");
  beat.memory =
      static_cast<std::uint64_t>(std::max(0.0, read_number(body, "memory", "memory_usage")));
  if (body["applied_seq"].type() == value_type::integer)
    beat.applied = static_cast<sequence_number>(body["applied_seq"].as_integer());
  beat.instance = text_or_empty(body["instance"]);
  SPOOKY_ASSIGN(beat.lost, read_texts(body, "lost"));
  return beat;
}

net::http_response admission_answer(const ssp_admission& admission) {
  object answer{{"snapshot_seq", number_value(admission.seq)},
                {"log_id", value{admission.log_id}},
                {"epoch", number_value(admission.epoch)}};
  if (!admission.database.empty()) answer.set("database", value{admission.database});
  if (admission.resumed) answer.set("resume", value{true});
  return json_answer(202, value{std::move(answer)});
}

}  // namespace

void drain_ssp(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_ssp_id(request.body);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<drain_progress>(
      self, request, state.parts.registry,
      [](const drain_progress& progress) {
        object answer{{"views", value{static_cast<std::int64_t>(progress.views)}}};
        if (!progress.obstacle.empty()) answer.set("obstacle", value{progress.obstacle});
        return json_answer(progress.views == 0 ? 200 : 202, value{std::move(answer)});
      },
      drain_ssp_atom_v, *id);
}

void leave_pool(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_ssp_id(request.body);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<ack>(
      self, request, state.parts.registry, [](const ack&) { return done_answer(); }, leave_atom_v,
      *id);
}

void register_ssp(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto who = read_ssp(request.body);
  if (!who.ok()) return refuse(self, request, who.failure());
  ask_and_answer<ssp_admission>(self, request, state.parts.coordinator, admission_answer,
                                register_ssp_atom_v, *who);
}

void take_interest(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto interest = read_interest(request.body);
  if (!interest.ok()) return refuse(self, request, interest.failure());
  ask_and_answer<sequence_number>(
      self, request, state.parts.coordinator,
      [](sequence_number from) {
        return json_answer(200, value{object{{"from_seq", number_value(from)}}});
      },
      interest_atom_v, *interest);
}

void take_heartbeat(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto beat = read_heartbeat(request.body);
  if (!beat.ok()) return refuse(self, request, beat.failure());
  ask_and_answer<ack>(
      self, request, state.parts.coordinator, [](const ack&) { return done_answer(); },
      heartbeat_atom_v, *beat);
}

}  // namespace spooky::actors
