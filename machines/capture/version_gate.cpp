#include "machines/capture/version_gate.hpp"

#include <utility>

namespace spooky::machines {

version_gate::entry& version_gate::at(const record_id& id) {
  const auto [it, fresh] = records_.try_emplace(id);
  if (fresh) {
    order_.push_back(id);
    if (order_.size() > capacity_) {
      records_.erase(order_.front());
      order_.pop_front();
    }
  }
  return it->second;
}

namespace {

std::size_t content_of(const change& c) {
  return c.record.hash() * 3 + static_cast<std::size_t>(c.op == change_op::erase);
}

}  // namespace

bool version_gate::admit(const change& c) {
  auto& known = at(c.id);
  if (c.version) {
    const auto content = content_of(c);
    const bool repeated = *c.version == known.version && content == known.content;
    if (*c.version < known.version || repeated) return false;
    known.before = std::exchange(known.version, *c.version);
    known.content = content;
  }
  known.moment = ++passed_;
  return true;
}

void version_gate::withdraw(const change& c) {
  const auto it = records_.find(c.id);
  if (it == records_.end() || !c.version || it->second.version != *c.version) return;
  it->second.version = it->second.before;
  it->second.content = 0;
}

std::uint64_t version_gate::known(const record_id& id) const {
  const auto it = records_.find(id);
  return it == records_.end() ? 0 : it->second.version;
}

void version_gate::raise(const record_id& id, std::uint64_t version) {
  auto& known = at(id);
  if (version <= known.version) return;
  known.before = known.version = version;
  known.content = 0;
}

void version_gate::set(const change& c) {
  auto& known = at(c.id);
  known.before = known.version = c.version.value_or(0);
  known.content = content_of(c);
}

bool version_gate::passed_since(const record_id& id, std::uint64_t moment) const {
  const auto it = records_.find(id);
  return it != records_.end() && it->second.moment > moment;
}

}  // namespace spooky::machines
