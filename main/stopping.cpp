#include "main/stopping.hpp"

#include <future>
#include <memory>

namespace spooky::process {

void stop_listening(net::http_server* server) {
  if (server == nullptr) return;
  // Shared: the server may answer after we have stopped waiting.
  const auto answered = std::make_shared<std::promise<void>>();
  server->stop(stop_grace, [answered] { answered->set_value(); });
  answered->get_future().wait_for(2 * stop_grace);
}

void stop_threads(std::initializer_list<net::io_runtime*> runtimes, caf::actor_system& system) {
  for (auto* runtime : runtimes) {
    runtime->stop();
    runtime->join();
  }
  system.await_actors_before_shutdown(false);
}

}  // namespace spooky::process
