#include "machines/capture/version_gate.hpp"

namespace spooky::machines {

version_gate::entry& version_gate::at(const record_id& id) {
  if (const auto it = records_.find(id); it != records_.end()) return it->second;
  while (!order_.empty() && order_.size() >= capacity_) {
    records_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(id);
  return records_[id];
}

namespace {

std::size_t content_of(const change& c) {
  return c.record.hash() * 3 + static_cast<std::size_t>(c.op == change_op::erase);
}

}  // namespace

bool version_gate::fresh(const record_id& id, const entry& known) const {
  if (known.learned == 0) return false;
  const auto it = forgotten_.find(id.table);
  return it == forgotten_.end() || known.learned > it->second;
}

bool version_gate::knows(const record_id& id) const {
  const auto it = records_.find(id);
  return it != records_.end() && fresh(id, it->second);
}

bool version_gate::admit(const change& c) {
  auto& known = at(c.id);
  if (c.version) {
    const auto content = content_of(c);
    const bool repeated = *c.version == known.version && content == known.content;
    if (*c.version < known.version || *c.version <= known.committed || repeated) return false;
    known.version = *c.version;
    known.content = content;
    learn(known);
  }
  known.moment = ++passed_;
  return true;
}

void version_gate::withdraw(const change& c) {
  const auto it = records_.find(c.id);
  if (it == records_.end() || !c.version || it->second.version != *c.version) return;
  it->second.content = 0;
  it->second.learned = 0;
}

std::uint64_t version_gate::known(const record_id& id) const {
  const auto it = records_.find(id);
  return it == records_.end() ? 0 : it->second.version;
}

void version_gate::raise(const record_id& id, std::uint64_t version) {
  auto& known = at(id);
  if (version <= known.version) return;
  known.version = version;
  known.content = 0;
}

void version_gate::set(const change& c, std::uint64_t committed) {
  auto& known = at(c.id);
  known.version = c.version.value_or(0);
  known.committed = committed;
  known.content = content_of(c);
  learn(known);
}

void version_gate::forget(const std::string& table) { forgotten_[table] = learned_; }

bool version_gate::overtaken(const change& read, std::uint64_t moment) const {
  const auto it = records_.find(read.id);
  if (it == records_.end() || it->second.moment <= moment) return false;
  return it->second.version >= read.version.value_or(0);
}

void version_gate::pass(const record_id& id) { at(id).moment = ++passed_; }

}  // namespace spooky::machines
