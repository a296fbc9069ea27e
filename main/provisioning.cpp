#include "main/provisioning.hpp"

#include "actors/capture/provisioner.hpp"
#include "surrealql/database/system_schema.hpp"

namespace spooky::process {

void provision(caf::actor_system& system, const actors::actor_owner& owner,
               const actors::database_actor& database, const config::common_settings& settings,
               const std::string& secret, const std::string& endpoint) {
  if (!settings.db.provision) return;
  surrealql::system_schema_options schema;
  schema.prefix = settings.db.system_prefix;
  schema.endpoint = endpoint;
  schema.auth_secret = secret;
  actors::provisioner_config config;
  config.statements = surrealql::system_schema(schema);
  owner.spawn(system, actors::provisioner, database, config);
}

}  // namespace spooky::process
