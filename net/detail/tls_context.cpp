#include "net/detail/tls_context.hpp"

namespace spooky::net::detail {
namespace {

namespace ssl = boost::asio::ssl;

tls_context make_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1);
  return context;
}

error unusable(const std::string& what, const std::string& file,
               const boost::system::error_code& why) {
  return fail(errc::invalid_argument,
              "the " + what + " file " + file + " cannot be used: " + why.message());
}

}  // namespace

result<tls_context> make_client_context(const tls_client_options& options) {
  auto context = make_context(ssl::context::tls_client);
  boost::system::error_code ec;
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(ec);
    if (ec)
      return fail(errc::invalid_argument,
                  "the system's trusted certificate authorities cannot be read: " + ec.message());
  } else if (context->load_verify_file(options.ca_file, ec); ec) {
    return unusable("certificate authority", options.ca_file, ec);
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
  if (ec) return unusable("certificate", options.certificate_file, ec);
  context->use_private_key_file(options.key_file, ssl::context::pem, ec);
  if (ec) return unusable("private key", options.key_file, ec);
  return context;
}

}  // namespace spooky::net::detail
