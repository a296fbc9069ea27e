#pragma once

#include "actors/interfaces.hpp"
#include "storage/file_system.hpp"

#include <string>

namespace spooky::actors {

/// Reads the log of that directory while its writer appends. Spawn detached: it blocks on the disk.
/// An answer takes memory in proportion to what is asked for: whoever asks bounds it.
log_reader_actor::behavior_type log_reader(log_reader_actor::pointer self,
                                           storage::file_system* files, std::string directory);

}  // namespace spooky::actors
