#pragma once

#include "surrealql/values/value.hpp"
#include "views/hashes/digest.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// A Merkle tree over (id, version, content hash). History-independent: the same set has the same
/// root, whatever the order of operations, because the shape depends on the set alone.
///
/// For clients in other languages, with H = SHA-256 and the encodings of digest.hpp:
///
///   place(id)  = H(canonical(id)), read as 64 hexadecimal digits, the first one first
///   leaf       = H(00, place(id), version as 8 bytes big-endian, content hash)
///   a node at path p (hexadecimal digits) stands for all leaves whose place starts with p:
///     no leaf            32 zero bytes
///     1 to 16 leaves     H(01, the leaves' hashes in order of place)
///     more               H(02, the hashes of the 16 nodes p0 .. pf)
///   root       = the node at the empty path
///
/// Updates are O(log n); hashing is put off until a hash is asked for, so that a batch hashes each
/// inner node once.
class merkle_tree {
 public:
  struct leaf {
    value id;
    std::uint64_t version = 0;
    digest hash{};
    digest place{};
  };
  struct child {
    std::string path;
    digest hash{};
    std::size_t count = 0;
  };
  /// A node, one level deep: either its leaves in order of place, or its 16 children.
  struct node_view {
    digest hash{};
    std::size_t count = 0;
    std::vector<leaf> leaves;
    std::vector<child> children;
  };
  /// What differs between two trees, from the first one's point of view.
  struct difference {
    std::vector<leaf> only_here;
    std::vector<leaf> only_there;
    std::vector<leaf> changed;  ///< the other tree's leaves
  };

  /// Shows that a leaf is in a tree to who knows the root only.
  struct proof {
    std::vector<digest> bucket;                  ///< hashes of the leaves in its bucket, in order
    std::vector<std::array<digest, 16>> levels;  ///< hashes of the children, the root's last
  };

  static constexpr std::size_t bucket_leaves = 16;

  merkle_tree();

  std::size_t size() const noexcept { return nodes_[0].count; }
  digest root() const { return hash_of(0); }

  /// Adds or replaces the leaf of that id: a record id, or for related rows [parent, path, id].
  void upsert(const value& id, std::uint64_t version, const digest& content);
  /// True if it was there.
  bool erase(const value& id);
  void clear();

  /// The node at a path of hexadecimal digits; nothing if the path is malformed or the tree has no
  /// node so deep there (the shorter path is then a bucket).
  std::optional<node_view> at(std::string_view path) const;

  /// The proof for the leaf of that id; nothing if there is none. O(log n).
  std::optional<proof> prove(const value& id) const;
  /// Whether the proof shows that a tree with this root holds exactly this leaf under `id`.
  static bool verify(const proof& shown, const digest& root, const value& id, std::uint64_t version,
                     const digest& content);

  /// Compares subtree by subtree: k differences among n leaves cost O(k log n).
  static difference diff(const merkle_tree& here, const merkle_tree& there);

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  using leaves = std::vector<leaf>;
  struct node {
    std::size_t count = 0;
    bool inner = false;
    mutable bool dirty = false;
    mutable digest hash{};
    leaves bucket;                        ///< of a bucket: its leaves in order of place
    std::vector<std::uint32_t> children;  ///< of an inner node: 16 of them, or none
  };

  static unsigned digit(const digest& place, std::size_t depth);
  std::uint32_t make_node();
  void free_subtree(std::uint32_t at);
  void split(std::uint32_t at, std::size_t depth);
  void collapse(std::uint32_t at);
  void collect(std::uint32_t at, leaves& out) const;
  const digest& hash_of(std::uint32_t at) const;
  const leaf* find(const digest& place) const;
  static void diff_nodes(const merkle_tree& here, std::uint32_t a, const merkle_tree& there,
                         std::uint32_t b, difference& out);

  std::vector<node> nodes_;
  std::vector<std::uint32_t> free_;
};

}  // namespace spooky::views
