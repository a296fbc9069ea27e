#include "certificate.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace spooky::net::test {
namespace {

constexpr long two_days = 48 * 3600;

void add_extension(X509* x, int kind, const char* text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, text);
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
}

template <class Write>
void write_file(const std::string& path, Write write) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (!file || !write(file.get())) throw std::runtime_error("cannot write " + path);
}

}  // namespace

certificate::certificate(std::chrono::seconds valid_for) {
  auto pattern = (std::filesystem::temp_directory_path() / "spooky-net-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a directory");
  directory_ = pattern;

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  std::unique_ptr<X509, void (*)(X509*)> x(X509_new(), &X509_free);
  X509_set_version(x.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -two_days);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), static_cast<long>(valid_for.count()));
  X509_set_pubkey(x.get(), key.get());
  auto* name = X509_get_subject_name(x.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("spooky test"), -1, -1, 0);
  X509_set_issuer_name(x.get(), name);
  add_extension(x.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_sign(x.get(), key.get(), EVP_sha256());

  write_file(certificate_file(), [&](FILE* f) { return PEM_write_X509(f, x.get()); });
  write_file(key_file(), [&](FILE* f) {
    return PEM_write_PrivateKey(f, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

namespace {

/// As tools that renew certificates do it: written beside, and renamed.
void replace(const std::string& file, const std::string& by) {
  std::filesystem::copy_file(by, file + ".new");
  std::filesystem::rename(file + ".new", file);
}

}  // namespace

void certificate::take_certificate_of(const certificate& other) {
  replace(certificate_file(), other.certificate_file());
}

void certificate::take_key_of(const certificate& other) { replace(key_file(), other.key_file()); }

certificate::~certificate() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace spooky::net::test
