#include "surrealql/functions/blake3.hpp"

#include <bit>
#include <cstddef>
#include <utility>

namespace spooky::surrealql::library {
namespace {

using words8 = std::array<std::uint32_t, 8>;
using words16 = std::array<std::uint32_t, 16>;

constexpr words8 initial{0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                         0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
/// Where each word of the message comes from in the next round.
constexpr std::array<std::size_t, 16> shuffled{2, 6,  3,  10, 7, 0,  4,  13,
                                               1, 11, 12, 5,  9, 14, 15, 8};

constexpr std::size_t block_bytes = 64;
constexpr std::size_t chunk_bytes = 1024;
constexpr int rounds = 7;

constexpr std::uint32_t begins_chunk = 1;
constexpr std::uint32_t ends_chunk = 2;
constexpr std::uint32_t is_parent = 4;
constexpr std::uint32_t is_root = 8;

struct block {
  words16 words{};
  std::uint32_t size = 0;
};

void mix(words16& s, std::size_t a, std::size_t b, std::size_t c, std::size_t d, std::uint32_t x,
         std::uint32_t y) noexcept {
  s[a] = s[a] + s[b] + x;
  s[d] = std::rotr(s[d] ^ s[a], 16);
  s[c] = s[c] + s[d];
  s[b] = std::rotr(s[b] ^ s[c], 12);
  s[a] = s[a] + s[b] + y;
  s[d] = std::rotr(s[d] ^ s[a], 8);
  s[c] = s[c] + s[d];
  s[b] = std::rotr(s[b] ^ s[c], 7);
}

words8 compress(const words8& chain, const block& input, std::uint64_t counter,
                std::uint32_t flags) noexcept {
  words16 s{};
  for (std::size_t i = 0; i < 8; ++i) s[i] = chain[i];
  for (std::size_t i = 0; i < 4; ++i) s[8 + i] = initial[i];
  s[12] = static_cast<std::uint32_t>(counter);
  s[13] = static_cast<std::uint32_t>(counter >> 32U);
  s[14] = input.size;
  s[15] = flags;
  words16 m = input.words;
  for (int round = 0; round < rounds; ++round) {
    mix(s, 0, 4, 8, 12, m[0], m[1]);
    mix(s, 1, 5, 9, 13, m[2], m[3]);
    mix(s, 2, 6, 10, 14, m[4], m[5]);
    mix(s, 3, 7, 11, 15, m[6], m[7]);
    mix(s, 0, 5, 10, 15, m[8], m[9]);
    mix(s, 1, 6, 11, 12, m[10], m[11]);
    mix(s, 2, 7, 8, 13, m[12], m[13]);
    mix(s, 3, 4, 9, 14, m[14], m[15]);
    words16 next{};
    for (std::size_t i = 0; i < 16; ++i) next[i] = m[shuffled[i]];
    m = next;
  }
  words8 out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = s[i] ^ s[i + 8];
  return out;
}

block block_of(std::string_view bytes) noexcept {
  block out;
  out.size = static_cast<std::uint32_t>(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out.words[i / 4] |= std::uint32_t{static_cast<std::uint8_t>(bytes[i])} << 8U * (i % 4);
  return out;
}

words8 hash_chunk(std::string_view bytes, std::uint64_t number, std::uint32_t flags) noexcept {
  words8 chain = initial;
  std::uint32_t first = begins_chunk;
  for (; bytes.size() > block_bytes; bytes.remove_prefix(block_bytes))
    chain =
        compress(chain, block_of(bytes.substr(0, block_bytes)), number, std::exchange(first, 0U));
  return compress(chain, block_of(bytes), number, first | ends_chunk | flags);
}

/// The tree over the bytes, whose first chunk has this number. The left half is the largest whole
/// tree that leaves something for the right one, so the recursion is as deep as the tree.
words8 hash_tree(std::string_view bytes, std::uint64_t number, std::uint32_t flags) noexcept {
  if (bytes.size() <= chunk_bytes) return hash_chunk(bytes, number, flags);
  const std::size_t chunks = std::bit_floor((bytes.size() - 1) / chunk_bytes);
  const words8 left = hash_tree(bytes.substr(0, chunks * chunk_bytes), number, 0);
  const words8 right = hash_tree(bytes.substr(chunks * chunk_bytes), number + chunks, 0);
  block both;
  both.size = block_bytes;
  for (std::size_t i = 0; i < 8; ++i) {
    both.words[i] = left[i];
    both.words[8 + i] = right[i];
  }
  return compress(initial, both, 0, is_parent | flags);
}

}  // namespace

std::array<std::uint8_t, 32> blake3(std::string_view bytes) noexcept {
  const words8 words = hash_tree(bytes, 0, is_root);
  std::array<std::uint8_t, 32> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(words[i / 4] >> 8U * (i % 4));
  return out;
}

}  // namespace spooky::surrealql::library
