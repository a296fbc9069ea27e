#include "views/hashes/digest.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <stdexcept>

#include <openssl/evp.h>

namespace spooky::views {
namespace {

template <class Integer>
void append_big_endian(std::string& out, Integer v) {
  for (int shift = static_cast<int>(sizeof(v)) * 8 - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((v >> shift) & 0xff));
}

void append_count(std::string& out, std::size_t n) {
  append_big_endian(out, static_cast<std::uint32_t>(n));
}

void append_text(std::string& out, std::string_view text) {
  append_count(out, text.size());
  out.append(text);
}

void append_double(std::string& out, double v) {
  std::uint64_t bits = std::bit_cast<std::uint64_t>(v);
  if (std::isnan(v)) bits = 0x7ff8000000000000ULL;
  if (v == 0) bits = 0;
  append_big_endian(out, bits);
}

void append_geometry(std::string& out, const geometry& shape) {
  out.push_back(static_cast<char>(shape.type));
  append_count(out, shape.positions.size());
  for (const auto& [longitude, latitude] : shape.positions) {
    append_double(out, longitude);
    append_double(out, latitude);
  }
  append_count(out, shape.parts.size());
  for (const geometry& part : shape.parts) append_geometry(out, part);
}

void append_bound(std::string& out, const range_bound& bound) {
  out.push_back(static_cast<char>(bound.type));
  if (bound.type != range_bound::kind::unbounded) append_canonical(out, bound.at);
}

/// The digest algorithm and a context to reuse: looking either up costs more than hashing a row.
class hasher {
 public:
  hasher() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    if (algorithm_ == nullptr || context_ == nullptr)
      throw std::runtime_error("OpenSSL offers no SHA-256");
  }
  ~hasher() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(algorithm_);
  }
  hasher(const hasher&) = delete;
  hasher& operator=(const hasher&) = delete;

  digest operator()(std::string_view bytes) {
    digest out;
    if (EVP_DigestInit_ex2(context_, algorithm_, nullptr) != 1 ||
        EVP_DigestUpdate(context_, bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context_, out.data(), nullptr) != 1)
      throw std::runtime_error("SHA-256 failed in OpenSSL");
    return out;
  }

 private:
  EVP_MD* algorithm_;
  EVP_MD_CTX* context_;
};

}  // namespace

digest sha256(std::string_view bytes) {
  thread_local hasher hash;
  return hash(bytes);
}

std::string to_hex(const digest& d) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(64);
  for (const std::uint8_t byte : d) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

void append_canonical(std::string& out, const value& v) {
  const auto tag = [&out](int code) { out.push_back(static_cast<char>(code)); };
  switch (v.type()) {
    case value_type::none:
      return tag(0x00);
    case value_type::null:
      return tag(0x01);
    case value_type::boolean:
      return tag(v.as_bool() ? 0x03 : 0x02);
    case value_type::integer:
      tag(0x04);
      return append_big_endian(out, static_cast<std::uint64_t>(v.as_integer()));
    case value_type::floating:
      tag(0x05);
      return append_double(out, v.as_floating());
    case value_type::decimal:
      tag(0x06);
      return append_text(out, v.as_decimal().normalized().to_string());
    case value_type::string:
      tag(0x07);
      return append_text(out, v.as_string());
    case value_type::duration:
      tag(0x08);
      append_big_endian(out, v.as_duration().seconds);
      return append_big_endian(out, v.as_duration().nanos);
    case value_type::datetime:
      tag(0x09);
      append_big_endian(out, static_cast<std::uint64_t>(v.as_datetime().seconds));
      return append_big_endian(out, v.as_datetime().nanos);
    case value_type::uuid: {
      tag(0x0a);
      for (const std::uint8_t byte : v.as_uuid().bytes) out.push_back(static_cast<char>(byte));
      return;
    }
    case value_type::array:
    case value_type::set:
      tag(v.type() == value_type::array ? 0x0b : 0x0c);
      append_count(out, v.as_array().size());
      for (const value& item : v.as_array()) append_canonical(out, item);
      return;
    case value_type::object:
      tag(0x0d);
      append_count(out, v.as_object().size());
      for (const auto& [name, member] : v.as_object()) {
        append_text(out, name);
        append_canonical(out, member);
      }
      return;
    case value_type::geometry:
      tag(0x0e);
      return append_geometry(out, v.as_geometry());
    case value_type::bytes:
      tag(0x0f);
      return append_text(out, v.as_string());
    case value_type::table:
      tag(0x10);
      return append_text(out, v.as_string());
    case value_type::record:
      tag(0x11);
      append_text(out, v.as_record().table);
      return append_canonical(out, v.as_record().key);
    case value_type::file: {
      tag(0x12);
      const auto [bucket, key] = v.as_file();
      append_text(out, bucket);
      return append_text(out, key);
    }
    case value_type::range:
      tag(0x13);
      append_bound(out, v.as_range().begin);
      return append_bound(out, v.as_range().end);
    case value_type::regex:
      tag(0x14);
      return append_text(out, v.as_string());
    case value_type::closure:
      return tag(0x15);
  }
}

digest content_hash(const value& v) {
  std::string bytes;
  append_canonical(bytes, v);
  return sha256(bytes);
}

}  // namespace spooky::views
