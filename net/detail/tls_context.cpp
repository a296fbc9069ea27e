#include "net/detail/tls_context.hpp"

#include <sys/stat.h>
#include <utility>

#include <openssl/x509.h>

namespace spooky::net::detail {
namespace {

namespace ssl = boost::asio::ssl;

tls_context make_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1);
  return context;
}

error unusable(const std::string& what, const std::string& file, const std::string& why) {
  return fail(errc::invalid_argument, "the " + what + " file " + file + " cannot be used: " + why);
}

result<void> is_valid_today(ssl::context& context, const std::string& file) {
  const X509* own = SSL_CTX_get0_certificate(context.native_handle());
  if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0)
    return unusable("certificate", file, "it is not valid yet");
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0)
    return unusable("certificate", file, "it has expired");
  return {};
}

/// Another text whenever a file of that name may have other contents.
std::string fingerprint(const std::vector<std::string>& files) {
  std::string text;
  for (const auto& file : files) {
    struct stat now {};
    if (::stat(file.c_str(), &now) != 0) {
      text += "-;";
      continue;
    }
    for (const auto part :
         {static_cast<long long>(now.st_ino), static_cast<long long>(now.st_size),
          static_cast<long long>(now.st_mtim.tv_sec), static_cast<long long>(now.st_mtim.tv_nsec)})
      text += std::to_string(part) + ",";
    text += ";";
  }
  return text;
}

std::vector<std::string> without_empty(std::vector<std::string> files) {
  std::erase(files, std::string{});
  return files;
}

}  // namespace

result<tls_context> make_client_context(const tls_client_options& options) {
  auto context = make_context(ssl::context::tls_client);
  boost::system::error_code ec;
  if (options.ca_file.empty() || options.system_too) {
    context->set_default_verify_paths(ec);
    if (ec)
      return fail(errc::invalid_argument,
                  "the system's trusted certificate authorities cannot be read: " + ec.message());
  }
  if (!options.ca_file.empty()) {
    context->load_verify_file(options.ca_file, ec);
    if (ec) return unusable("certificate authority", options.ca_file, ec.message());
  }
  return context;
}

result<tls_context> make_server_context(const tls_server_options& options) {
  if (options.certificate_file.empty() && options.key_file.empty()) return tls_context{};
  if (options.certificate_file.empty() || options.key_file.empty())
    return fail(errc::invalid_argument, "TLS needs both a certificate file and a key file");
  auto context = make_context(ssl::context::tls_server);
  boost::system::error_code ec;
  context->use_certificate_chain_file(options.certificate_file, ec);
  if (ec) return unusable("certificate", options.certificate_file, ec.message());
  SPOOKY_TRY(is_valid_today(*context, options.certificate_file));
  context->use_private_key_file(options.key_file, ssl::context::pem, ec);
  if (ec)
    return unusable("private key", options.key_file,
                    ec.message() + " (it must be the key of " + options.certificate_file + ")");
  return context;
}

tls_source::tls_source(tls_client_options options)
    : tls_source({options.ca_file}, [options] { return make_client_context(options); }) {}

tls_source::tls_source(tls_server_options options)
    : tls_source({options.certificate_file, options.key_file},
                 [options] { return make_server_context(options); }) {}

tls_source::tls_source(std::vector<std::string> files, std::function<result<tls_context>()> make)
    : files_(without_empty(std::move(files))), make_(std::move(make)) {}

std::optional<result<void>> tls_source::refresh() {
  // Taken before the files are read: what changes meanwhile is seen the next time.
  auto now = fingerprint(files_);
  if (seen_ == now) return std::nullopt;
  seen_ = std::move(now);
  auto made = make_();
  if (!made.ok()) {
    auto why = made.failure();
    if (!made_.ok() || !*made_) made_ = std::move(made);
    return result<void>{std::move(why)};
  }
  made_ = std::move(made);
  return result<void>{};
}

result<tls_context> tls_source::context() const { return made_; }

}  // namespace spooky::net::detail

namespace spooky::net {

result<void> check_tls(const tls_server_options& options) {
  auto made = detail::make_server_context(options);
  if (!made.ok()) return made.failure();
  return {};
}

result<void> check_tls(const tls_client_options& options) {
  auto made = detail::make_client_context(options);
  if (!made.ok()) return made.failure();
  return {};
}

}  // namespace spooky::net
