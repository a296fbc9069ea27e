#include "views/asked/asked_view.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

asked_plan_ptr plan(bool records = true) {
  auto made = std::make_shared<asked_plan>();
  made->reason = "why";
  made->tables = {"t"};
  made->rows_are_records = records;
  return made;
}

value record(const std::string& table, std::int64_t key, object fields = {}) {
  fields.set("id", value{record_id{table, value{key}}});
  return value{std::move(fields)};
}
value row(std::int64_t key, std::int64_t n) { return record("t", key, {{"n", value{n}}}); }
value rows(array all) { return value{std::move(all)}; }

asked_answer_ptr read(value said, sequence_number seq, const asked_answer_ptr& before = {}) {
  auto answer = read_answer(*plan(), std::move(said), seq, before, "_rv", {});
  REQUIRE(answer.ok());
  return *answer;
}

std::vector<std::string> keys(const std::vector<member>& members) {
  std::vector<std::string> out;
  for (const auto& m : members)
    out.push_back(std::to_string(m.id.key.as_integer()) + "@" + std::to_string(m.version));
  return out;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("rows with ids are members, each once, and keep their version while they are the same") {
  const auto first = read(rows({row(1, 1), row(2, 2), row(1, 1), value{5}, record("other", 3),
                                value{object{{"n", value{1}}}}}),
                          10);
  CHECK(keys(first->members) == strings{"1@10", "2@10"});
  const auto second = read(rows({row(2, 2), row(1, 7), row(4, 4)}), 20, first);
  CHECK(keys(second->members) == strings{"2@10", "1@20", "4@20"});
  const auto typed = read(rows({record("t", 2, {{"n", value{2.0}}})}), 30, second);
  CHECK(keys(typed->members) == strings{"2@30"});
  CHECK(keys(read(record("t", 1, {{"_rv", value{77}}}), 40)->members) == strings{"1@77"});
  CHECK(read_answer(*plan(false), rows({row(1, 1)}), 1, {}, "_rv", {}).value()->members.empty());
}

TEST_CASE("an answer that is too large is none") {
  const auto refused = [](const answer_bounds& most) {
    const auto answer = read_answer(*plan(), rows({row(1, 1), row(2, 2)}), 1, {}, "_rv", most);
    return answer.ok() ? std::string{} : answer.failure().message;
  };
  CHECK(refused({2, 1'000'000}).empty());
  CHECK(refused({1, 1'000'000}).find("limits.view_rows") != std::string::npos);
  CHECK(refused({2, 10}).find("limits.view_memory_bytes") != std::string::npos);
}

TEST_CASE("deltas lead from each answer to the next, and say nothing where nothing changed") {
  asked_view view{"v", plan()};
  CHECK(view.opening());
  const auto first = read(rows({row(1, 1), row(2, 2)}), 10);
  (void)view.answered(first);
  CHECK_FALSE(view.opening());
  const auto second = read(rows({row(2, 3), row(3, 3)}), 20, first);
  const auto delta = view.answered(second);
  REQUIRE(delta);
  CHECK(delta->seq == 20);
  CHECK(keys(delta->added) == strings{"3@20"});
  CHECK(keys(delta->updated) == strings{"2@20"});
  CHECK(delta->removed.size() == 1);
  CHECK(delta->result == second->result);
  CHECK_FALSE(delta->failed);
  CHECK_FALSE(view.answered(read(rows({row(2, 3), row(3, 3)}), 30, second)));
  const auto shown = view.snapshot(30);
  CHECK(shown.seq == 30);
  CHECK(shown.tells_result);
  CHECK(shown.mode == maintenance::asked);
  CHECK(shown.mode_reason == "why");
  CHECK(keys(shown.members) == strings{"2@20", "3@20"});
  // Another order is another result.
  CHECK(view.answered(read(rows({row(3, 3), row(2, 3)}), 40, second))->result);
}

TEST_CASE("a view that fails shows what it did, says so once, and heals") {
  asked_view view{"v", plan()};
  const auto first = read(rows({row(1, 1)}), 10);
  (void)view.answered(first);
  const auto failed = view.failed(fail(errc::unavailable, "away"), 20);
  REQUIRE(failed);
  CHECK(failed->failed->message == "away");
  CHECK(failed->removed.empty());
  CHECK_FALSE(view.failed(fail(errc::unavailable, "away"), 30));
  CHECK(view.failed(fail(errc::unavailable, "gone"), 30));
  CHECK(view.snapshot(30).result == first->result);
  CHECK(view.snapshot(30).failed);
  const auto healed = view.answered(first);
  REQUIRE(healed);
  CHECK(healed->healed);
  CHECK_FALSE(healed->failed);
  CHECK(healed->result == first->result);
}

TEST_CASE("a reader whose rights end is shown nothing, whatever the database answers") {
  asked_view view{"v", plan()};
  const auto first = read(rows({row(1, 1), row(2, 2)}), 10);
  (void)view.answered(first);
  const auto barred = view.bar(fail(errc::unsupported, "hidden"), 20);
  REQUIRE(barred);
  CHECK(barred->removed.size() == 2);
  CHECK(barred->result == rows({}));
  CHECK(barred->failed->message == "hidden");
  CHECK_FALSE(view.answered(read(rows({row(3, 3)}), 30)));
  CHECK_FALSE(view.failed(fail(errc::unavailable, "away"), 30));
  CHECK(view.snapshot(30).members.empty());
  CHECK(view.snapshot(30).result == rows({}));
  view.allow();
  CHECK(view.snapshot(35).failed);
  const auto back = view.answered(read(rows({row(1, 1)}), 40));
  REQUIRE(back);
  CHECK(back->healed);
  CHECK(keys(back->added) == strings{"1@40"});
}
