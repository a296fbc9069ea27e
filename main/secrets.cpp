#include "main/secrets.hpp"

#include "net/bearer.hpp"

#include <initializer_list>

namespace spooky::process {

std::string database_secret_of(const std::string& node_secret) {
  return node_secret.empty() ? std::string{} : net::derived_secret(node_secret, "spooky database");
}

actors::front_secrets secrets_of(const config::common_settings& settings,
                                 const config::access_settings& access) {
  const auto first_of = [](std::initializer_list<std::vector<std::string>> several) {
    for (const auto& one : several)
      if (!one.empty()) return one;
    return std::vector<std::string>{};
  };
  std::vector<std::string> shared;
  if (!settings.auth_secret.empty()) shared.push_back(settings.auth_secret);
  actors::front_secrets secrets;
  secrets.node = first_of({access.node_secret, shared});
  secrets.operators = first_of({access.operator_secret, shared, access.node_secret});
  secrets.database = access.database_secret;
  if (secrets.database.empty())
    for (const auto& secret : secrets.node) secrets.database.push_back(database_secret_of(secret));
  return secrets;
}

std::string sent(const std::vector<std::string>& secrets) {
  return secrets.empty() ? std::string{} : secrets.front();
}

}  // namespace spooky::process
