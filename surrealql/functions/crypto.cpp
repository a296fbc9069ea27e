#include "surrealql/functions/blake3.hpp"
#include "surrealql/functions/library.hpp"

#include <openssl/evp.h>

/// The crypto:: hashes.
namespace spooky::surrealql::library {
namespace {

std::string hex_of(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[bytes[i] >> 4];
    out += digits[bytes[i] & 0xF];
  }
  return out;
}

using algorithm = const EVP_MD* (*)();

template <algorithm Algorithm>
result<value> digest(arguments a) {
  const auto text = a[0].as_string();
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes, &size, Algorithm(), nullptr) != 1)
    return evaluation_failed("The system's OpenSSL does not offer this hash");
  return value(hex_of(bytes, size));
}

/// Bob Jenkins's one-at-a-time hash.
result<value> joaat(arguments a) {
  std::uint32_t hash = 0;
  for (const char c : a[0].as_string()) {
    hash += static_cast<unsigned char>(c);
    hash += hash << 10;
    hash ^= hash >> 6;
  }
  hash += hash << 3;
  hash ^= hash >> 11;
  hash += hash << 15;
  return value(std::int64_t{hash});
}

result<value> blake3_digest(arguments a) {
  const auto bytes = blake3(a[0].as_string());
  return value(hex_of(bytes.data(), bytes.size()));
}

constexpr function_entry rows[] = {
    row("crypto::blake3", "s", plain<blake3_digest>),
    row("crypto::joaat", "s", plain<joaat>),
    row("crypto::md5", "s", plain<digest<EVP_md5>>),
    row("crypto::sha1", "s", plain<digest<EVP_sha1>>),
    row("crypto::sha256", "s", plain<digest<EVP_sha256>>),
    row("crypto::sha512", "s", plain<digest<EVP_sha512>>),
};

}  // namespace

std::span<const function_entry> crypto_functions() { return rows; }

}  // namespace spooky::surrealql::library
