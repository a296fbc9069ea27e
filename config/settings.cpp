#include "config/settings.hpp"

#include <set>

namespace spooky::config {

std::vector<std::string> common_settings::outbox_tables() const {
  std::set<std::string> tables(job_tables.begin(), job_tables.end());
  for (const auto& [name, backend] : backends) tables.insert(backend.table);
  return {tables.begin(), tables.end()};
}

}  // namespace spooky::config
