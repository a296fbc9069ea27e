#include "actors/configure.hpp"

#include "actors/atoms.hpp"
#include "actors/errors.hpp"

#include <string>
#include <thread>

namespace spooky::actors {

namespace {

std::string render(std::uint8_t code, caf::atom_value, const caf::message& context) {
  std::string text{error_text(static_cast<errc>(code))};
  if (context.match_elements<std::string>()) text += ": " + context.get_as<std::string>(0);
  return text;
}

}  // namespace

void configure(caf::actor_system_config& config, std::size_t worker_threads) {
  config.add_message_types<caf::id_block::spooky>();
  config.add_error_category(caf::atom("spooky"), render);
  const auto cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  config.set("scheduler.max-threads", worker_threads == 0 ? cores : worker_threads);
  config.set("scheduler.policy", caf::atom("sharing"));
  // Unlimited by default, which lets one busy actor keep a worker thread for itself.
  config.set("scheduler.max-throughput", std::size_t{200});
}

}  // namespace spooky::actors
