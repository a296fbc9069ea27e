#include "views/hashes/merkle_tree.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {
namespace {

digest place_of(const value& id) { return content_hash(id); }

bool by_place(const merkle_tree::leaf& a, const merkle_tree::leaf& b) { return a.place < b.place; }

void append(std::string& out, const digest& d) {
  out.append(reinterpret_cast<const char*>(d.data()), d.size());
}

digest leaf_hash(const digest& place, std::uint64_t version, const digest& content) {
  std::string bytes(1, '\0');
  append(bytes, place);
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>((version >> shift) & 0xff));
  append(bytes, content);
  return sha256(bytes);
}

}  // namespace

merkle_tree::merkle_tree() : nodes_(1) {}

void merkle_tree::clear() { *this = merkle_tree(); }

unsigned merkle_tree::digit(const digest& place, std::size_t depth) {
  const std::uint8_t byte = place[depth / 2];
  return depth % 2 == 0 ? byte >> 4 : byte & 15;
}

std::uint32_t merkle_tree::make_node() {
  if (!free_.empty()) {
    const std::uint32_t at = free_.back();
    free_.pop_back();
    nodes_[at] = node{};
    return at;
  }
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

void merkle_tree::free_subtree(std::uint32_t at) {
  for (const std::uint32_t c : nodes_[at].children)
    if (c != none) free_subtree(c);
  nodes_[at] = node{};
  free_.push_back(at);
}

void merkle_tree::upsert(const value& id, std::uint64_t version, const digest& content) {
  leaf fresh{id, version, {}, place_of(id)};
  fresh.hash = leaf_hash(fresh.place, version, content);
  const bool is_new = find(fresh.place) == nullptr;

  std::uint32_t at = 0;
  std::size_t depth = 0;
  for (;; ++depth) {
    nodes_[at].dirty = true;
    if (is_new) ++nodes_[at].count;
    if (!nodes_[at].inner) break;
    const unsigned d = digit(fresh.place, depth);
    if (nodes_[at].children[d] == none) {
      const std::uint32_t made = make_node();
      nodes_[at].children[d] = made;
    }
    at = nodes_[at].children[d];
  }
  leaves& bucket = nodes_[at].bucket;
  const auto position = std::lower_bound(bucket.begin(), bucket.end(), fresh, by_place);
  if (is_new)
    bucket.insert(position, std::move(fresh));
  else
    *position = std::move(fresh);
  if (bucket.size() > bucket_leaves) split(at, depth);
}

void merkle_tree::split(std::uint32_t at, std::size_t depth) {
  leaves all = std::move(nodes_[at].bucket);
  nodes_[at].bucket = {};
  nodes_[at].inner = true;
  nodes_[at].children.assign(16, none);
  for (leaf& l : all) {
    const unsigned d = digit(l.place, depth);
    if (nodes_[at].children[d] == none) {
      const std::uint32_t made = make_node();
      nodes_[at].children[d] = made;
    }
    node& c = nodes_[nodes_[at].children[d]];
    c.bucket.push_back(std::move(l));
    ++c.count;
    c.dirty = true;
  }
  for (unsigned d = 0; d < 16; ++d) {
    const std::uint32_t c = nodes_[at].children[d];
    if (c != none && nodes_[c].bucket.size() > bucket_leaves) split(c, depth + 1);
  }
}

bool merkle_tree::erase(const value& id) {
  const digest place = place_of(id);
  if (find(place) == nullptr) return false;
  std::uint32_t at = 0;
  std::uint32_t too_small = none;
  for (std::size_t depth = 0;; ++depth) {
    node& n = nodes_[at];
    n.dirty = true;
    --n.count;
    if (!n.inner) break;
    if (n.count <= bucket_leaves && too_small == none) too_small = at;
    at = n.children[digit(place, depth)];
  }
  std::erase_if(nodes_[at].bucket, [&](const leaf& l) { return l.place == place; });
  if (too_small != none) collapse(too_small);
  return true;
}

void merkle_tree::collapse(std::uint32_t at) {
  leaves all;
  collect(at, all);
  for (const std::uint32_t c : std::exchange(nodes_[at].children, {}))
    if (c != none) free_subtree(c);
  nodes_[at].inner = false;
  nodes_[at].bucket = std::move(all);
}

void merkle_tree::collect(std::uint32_t at, leaves& out) const {
  if (at == none) return;
  out.insert(out.end(), nodes_[at].bucket.begin(), nodes_[at].bucket.end());
  for (const std::uint32_t c : nodes_[at].children) collect(c, out);
}

const merkle_tree::leaf* merkle_tree::find(const digest& place) const {
  std::uint32_t at = 0;
  for (std::size_t depth = 0; nodes_[at].inner; ++depth) {
    at = nodes_[at].children[digit(place, depth)];
    if (at == none) return nullptr;
  }
  const leaves& bucket = nodes_[at].bucket;
  const auto found = std::lower_bound(bucket.begin(), bucket.end(), place,
                                      [](const leaf& l, const digest& p) { return l.place < p; });
  return found != bucket.end() && found->place == place ? &*found : nullptr;
}

const digest& merkle_tree::hash_of(std::uint32_t at) const {
  static const digest empty{};
  if (at == none) return empty;
  const node& n = nodes_[at];
  if (!n.dirty) return n.hash;
  n.dirty = false;
  if (n.count == 0) {
    n.hash = empty;
    return n.hash;
  }
  std::string bytes(1, n.inner ? '\2' : '\1');
  bytes.reserve(1 + 16 * sizeof(digest));
  for (const leaf& l : n.bucket) append(bytes, l.hash);
  for (const std::uint32_t c : n.children) append(bytes, hash_of(c));
  n.hash = sha256(bytes);
  return n.hash;
}

std::optional<merkle_tree::node_view> merkle_tree::at(std::string_view path) const {
  std::uint32_t current = 0;
  for (const char c : path) {
    const int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (d < 0 || (current != none && !nodes_[current].inner)) return std::nullopt;
    if (current != none) current = nodes_[current].children[static_cast<std::size_t>(d)];
  }
  node_view out;
  out.hash = hash_of(current);
  if (current == none) return out;
  const node& n = nodes_[current];
  out.count = n.count;
  out.leaves = n.bucket;
  for (std::size_t d = 0; d < n.children.size(); ++d) {
    const std::uint32_t c = n.children[d];
    out.children.push_back(
        {std::string(path) + "0123456789abcdef"[d], hash_of(c), c == none ? 0 : nodes_[c].count});
  }
  return out;
}

std::optional<merkle_tree::proof> merkle_tree::prove(const value& id) const {
  const digest place = place_of(id);
  if (find(place) == nullptr) return std::nullopt;
  proof out;
  std::uint32_t at = 0;
  for (std::size_t depth = 0; nodes_[at].inner; ++depth) {
    std::array<digest, 16>& level = out.levels.emplace_back();
    for (std::size_t d = 0; d < 16; ++d) level[d] = hash_of(nodes_[at].children[d]);
    at = nodes_[at].children[digit(place, depth)];
  }
  std::reverse(out.levels.begin(), out.levels.end());
  for (const leaf& l : nodes_[at].bucket) out.bucket.push_back(l.hash);
  return out;
}

bool merkle_tree::verify(const proof& shown, const digest& root, const value& id,
                         std::uint64_t version, const digest& content) {
  const digest place = place_of(id);
  const digest wanted = leaf_hash(place, version, content);
  if (shown.bucket.size() > bucket_leaves || shown.levels.size() > 2 * place.size() ||
      std::find(shown.bucket.begin(), shown.bucket.end(), wanted) == shown.bucket.end())
    return false;
  std::string bytes(1, '\1');
  for (const digest& l : shown.bucket) append(bytes, l);
  digest hash = sha256(bytes);
  for (std::size_t i = 0; i < shown.levels.size(); ++i) {
    const std::array<digest, 16>& level = shown.levels[i];
    if (level[digit(place, shown.levels.size() - 1 - i)] != hash) return false;
    bytes.assign(1, '\2');
    for (const digest& child : level) append(bytes, child);
    hash = sha256(bytes);
  }
  return hash == root;
}

merkle_tree::difference merkle_tree::diff(const merkle_tree& here, const merkle_tree& there) {
  difference out;
  diff_nodes(here, 0, there, 0, out);
  return out;
}

void merkle_tree::diff_nodes(const merkle_tree& here, std::uint32_t a, const merkle_tree& there,
                             std::uint32_t b, difference& out) {
  if (here.hash_of(a) == there.hash_of(b)) return;
  if (a != none && b != none && here.nodes_[a].inner && there.nodes_[b].inner) {
    for (std::size_t d = 0; d < 16; ++d)
      diff_nodes(here, here.nodes_[a].children[d], there, there.nodes_[b].children[d], out);
    return;
  }
  leaves mine;
  leaves theirs;
  here.collect(a, mine);
  there.collect(b, theirs);
  auto m = mine.begin();
  auto t = theirs.begin();
  while (m != mine.end() || t != theirs.end()) {
    if (t == theirs.end() || (m != mine.end() && m->place < t->place)) {
      out.only_here.push_back(*m++);
    } else if (m == mine.end() || t->place < m->place) {
      out.only_there.push_back(*t++);
    } else {
      if (m->hash != t->hash) out.changed.push_back(*t);
      ++m;
      ++t;
    }
  }
}

}  // namespace spooky::views
