#include "views/hashes/merkle_tree.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

value id(int n) { return value(record_id{"post", value(n)}); }
digest content(int n) { return content_hash(value(n)); }

struct row {
  std::uint64_t version;
  int content;
};

/// The root as the specification in the header words it, straight from the set.
digest specified(std::vector<merkle_tree::leaf> leaves, std::size_t depth) {
  if (leaves.empty()) return {};
  std::sort(leaves.begin(), leaves.end(),
            [](const auto& a, const auto& b) { return a.place < b.place; });
  std::string bytes;
  const auto append = [&](const digest& d) {
    bytes.append(reinterpret_cast<const char*>(d.data()), d.size());
  };
  if (leaves.size() <= 16) {
    bytes.push_back('\1');
    for (const auto& l : leaves) append(l.hash);
    return sha256(bytes);
  }
  bytes.push_back('\2');
  for (std::size_t d = 0; d < 16; ++d) {
    std::vector<merkle_tree::leaf> below;
    for (const auto& l : leaves)
      if (to_hex(l.place)[depth] == "0123456789abcdef"[d]) below.push_back(l);
    append(specified(below, depth + 1));
  }
  return sha256(bytes);
}

std::vector<merkle_tree::leaf> specified_leaves(const std::map<int, row>& model) {
  std::vector<merkle_tree::leaf> out;
  for (const auto& [n, r] : model) {
    merkle_tree::leaf l;
    l.place = content_hash(id(n));
    std::string bytes(1, '\0');
    bytes.append(reinterpret_cast<const char*>(l.place.data()), 32);
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<char>(r.version >> shift));
    const digest c = content(r.content);
    bytes.append(reinterpret_cast<const char*>(c.data()), 32);
    l.hash = sha256(bytes);
    out.push_back(l);
  }
  return out;
}

}  // namespace

TEST_CASE("sha256 is SHA-256") {
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("the canonical encoding is the documented bytes") {
  const auto hex = [](const value& v) {
    std::string bytes;
    append_canonical(bytes, v);
    std::string out;
    for (const char c : bytes) {
      out += "0123456789abcdef"[(static_cast<unsigned char>(c)) >> 4];
      out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return out;
  };
  CHECK(hex(value::none()) == "00");
  CHECK(hex(value(true)) == "03");
  CHECK(hex(value(-2)) == "04fffffffffffffffe");
  CHECK(hex(value(1.5)) == "053ff8000000000000");
  CHECK(hex(value(-0.0)) == hex(value(0.0)));
  CHECK(hex(value("ab")) == "07000000026162");
  CHECK(hex(value(object{{"b", 1}, {"a", value::null()}})) ==
        "0d00000002000000016101000000016204"
        "0000000000000001");
  CHECK(hex(id(1)) == "1100000004706f7374040000000000000001");
  CHECK(hex(value(1)) != hex(value(1.0)));
}

TEST_CASE("the root depends on the set alone and is the specified one") {
  const unsigned seed = 3;
  CAPTURE(seed);
  std::mt19937 random(seed);
  merkle_tree tested;
  std::map<int, row> model;
  for (int i = 0; i < 3000; ++i) {
    const int n = static_cast<int>(random() % 400);
    if (random() % 3 != 0) {
      const row r{random() % 5, static_cast<int>(random() % 5)};
      tested.upsert(id(n), r.version, content(r.content));
      model[n] = r;
    } else {
      CHECK(tested.erase(id(n)) == (model.erase(n) == 1));
    }
    if (i % 97 != 0) continue;
    REQUIRE(tested.size() == model.size());
    REQUIRE(to_hex(tested.root()) == to_hex(specified(specified_leaves(model), 0)));
    merkle_tree rebuilt;
    std::vector<int> order;
    for (const auto& [n2, r] : model) order.push_back(n2);
    std::shuffle(order.begin(), order.end(), random);
    for (const int n2 : order)
      rebuilt.upsert(id(n2), model[n2].version, content(model[n2].content));
    REQUIRE(rebuilt.root() == tested.root());
  }
  while (!model.empty()) {
    tested.erase(id(model.begin()->first));
    model.erase(model.begin());
  }
  CHECK(tested.root() == digest{});
}

TEST_CASE("a version or content change changes the root, and back restores it") {
  merkle_tree tree;
  for (int i = 0; i < 100; ++i) tree.upsert(id(i), 1, content(i));
  const digest before = tree.root();
  tree.upsert(id(7), 2, content(7));
  CHECK(tree.root() != before);
  tree.upsert(id(7), 1, content(8));
  CHECK(tree.root() != before);
  tree.upsert(id(7), 1, content(7));
  CHECK(tree.root() == before);
}

TEST_CASE("diff names exactly what differs") {
  merkle_tree here;
  merkle_tree there;
  for (int i = 0; i < 2000; ++i) {
    here.upsert(id(i), 1, content(i));
    there.upsert(id(i), 1, content(i));
  }
  here.erase(id(10));
  there.erase(id(20));
  there.upsert(id(30), 2, content(30));
  const auto d = merkle_tree::diff(here, there);
  REQUIRE(d.only_here.size() == 1);
  CHECK(d.only_here[0].id == id(20));
  REQUIRE(d.only_there.size() == 1);
  CHECK(d.only_there[0].id == id(10));
  REQUIRE(d.changed.size() == 1);
  CHECK(d.changed[0].id == id(30));
  CHECK(d.changed[0].version == 2);
}

TEST_CASE("a proof shows a leaf, and nothing else") {
  merkle_tree tree;
  for (int i = 0; i < 3000; ++i) tree.upsert(id(i), 1, content(i));
  const auto proof = tree.prove(id(77));
  REQUIRE(proof);
  CHECK(merkle_tree::verify(*proof, tree.root(), id(77), 1, content(77)));
  CHECK_FALSE(merkle_tree::verify(*proof, tree.root(), id(77), 2, content(77)));
  CHECK_FALSE(merkle_tree::verify(*proof, tree.root(), id(77), 1, content(78)));
  CHECK_FALSE(merkle_tree::verify(*proof, tree.root(), id(5000), 1, content(77)));
  const digest before = tree.root();
  tree.upsert(id(5), 2, content(5));
  CHECK(merkle_tree::verify(*proof, before, id(77), 1, content(77)));
  CHECK_FALSE(merkle_tree::verify(*proof, tree.root(), id(77), 1, content(77)));
  CHECK_FALSE(tree.prove(id(5000)));
}

TEST_CASE("a remote party finds the differing leaf by walking down paths") {
  merkle_tree here;
  merkle_tree there;
  for (int i = 0; i < 5000; ++i) {
    here.upsert(id(i), 1, content(i));
    there.upsert(id(i), i == 4321 ? 9 : 1, content(i));
  }
  std::string path;
  int steps = 0;
  for (;; ++steps) {
    const auto mine = here.at(path);
    const auto theirs = there.at(path);
    REQUIRE(mine);
    REQUIRE(theirs);
    REQUIRE(mine->hash != theirs->hash);
    if (mine->children.empty()) {
      const auto changed = std::find_if(theirs->leaves.begin(), theirs->leaves.end(),
                                        [](const merkle_tree::leaf& l) { return l.version == 9; });
      REQUIRE(changed != theirs->leaves.end());
      CHECK(changed->id == id(4321));
      break;
    }
    for (std::size_t i = 0; i < 16; ++i)
      if (mine->children[i].hash != theirs->children[i].hash) path = mine->children[i].path;
  }
  CHECK(steps <= 4);
  CHECK_FALSE(here.at("xyz"));
  CHECK_FALSE(here.at(path + "0"));
}
