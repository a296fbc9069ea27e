#include "machines/ssp/heavy_allowance.hpp"

namespace spooky::machines {

namespace {

error too_many(std::size_t queries, const std::string& when) {
  return fail(errc::overloaded, "You asked " + std::to_string(queries) +
                                    " heavy queries at a time, and no more are allowed "
                                    "(limits.client_heavy_queries); ask again " +
                                    when);
}

}  // namespace

void heavy_allowance::took_turn(const std::string& client, timestamp now) {
  // Clients who never ask again are forgotten by those who do.
  std::erase_if(turns_, [&](const auto& other) { return now - other.second.back() >= window; });
  turns_[client].push_back(now);
}

result<void> heavy_allowance::may_wait(std::size_t waiting) const {
  if (waiting >= queries_) return too_many(queries_, "when one of them is answered");
  return {};
}

result<void> heavy_allowance::may_try(const std::string& client, timestamp now) {
  const auto theirs = turns_.find(client);
  if (theirs == turns_.end()) return {};
  auto& turns = theirs->second;
  while (now - turns.front() >= window) {
    turns.pop_front();
    if (turns.empty()) {
      turns_.erase(theirs);
      return {};
    }
  }
  if (turns.size() >= queries_) return too_many(queries_, "in ten seconds");
  return {};
}

}  // namespace spooky::machines
