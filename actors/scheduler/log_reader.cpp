#include "actors/scheduler/log_reader.hpp"

#include "actors/errors.hpp"
#include "storage/wal_reader.hpp"
#include "surrealql/database/change_codec.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

/// Both ends are where transactions end, so frames lie inside or outside as a whole.
result<log_slice> read_after(storage::file_system& files, const std::string& directory,
                             sequence_number after, sequence_number last) {
  SPOOKY_ASSIGN(auto reader, storage::wal_reader::open(files, directory, after + 1));
  log_slice slice{after + 1, after, nullptr, 0};
  auto batches = std::make_shared<change_batches>();
  while (slice.last < last) {
    SPOOKY_ASSIGN(const auto frame, reader.next(last));
    if (!frame)
      return fail(errc::not_found, "the log ends at " + std::to_string(slice.last.raw()) +
                                       ", before " + std::to_string(last.raw()));
    SPOOKY_ASSIGN(auto batch, surrealql::decode_batch(frame->payload));
    batches->push_back(std::move(batch));
    slice.last = frame->last;
  }
  slice.batches = std::move(batches);
  return slice;
}

}  // namespace

log_reader_actor::behavior_type log_reader(log_reader_actor::pointer, storage::file_system* files,
                                           std::string directory) {
  return {
      [files, directory = std::move(directory)](read_atom, sequence_number after,
                                                sequence_number last) {
        return to_reply(read_after(*files, directory, after, last));
      },
  };
}

}  // namespace spooky::actors
