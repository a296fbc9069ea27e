#pragma once

#include "storage/replica_snapshot.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace spooky::chaos {

/// Which promise a violation breaks.
enum class promise {
  nothing_lost,      ///< what was acknowledged is there
  nothing_repeated,  ///< each change is there once, where it belongs, and none that was refused
  works,             ///< anything else
};

/// Thrown when the system under test breaks a promise.
struct violation : std::runtime_error {
  explicit violation(const std::string& what, promise broken = promise::works)
      : std::runtime_error(what), of(broken) {}
  promise of;
};

template <class T>
T need(result<T> r) {
  if (!r) throw violation(r.failure().message);
  return std::move(r).value();
}
inline void need(result<void> r) {
  if (!r) throw violation(r.failure().message);
}
inline void demand(bool holds, const std::string& what, promise of = promise::works) {
  if (!holds) throw violation(what, of);
}

/// A well-mixed number for (seed, n), the same on every machine.
std::uint64_t mixed(std::uint64_t seed, std::uint64_t n) noexcept;

/// The change that has this seq in the workload of this seed: a create, update or delete of one of
/// some hundred records and edges.
change change_at(std::uint64_t seed, sequence_number seq);

/// How many changes the transaction that starts at this seq has.
std::uint64_t transaction_size(std::uint64_t seed, sequence_number first);
change_batch transaction_at(std::uint64_t seed, sequence_number first);

/// A transaction as the log's payload, and back.
std::string encode_transaction(const change_batch& batch);
result<change_batch> decode_transaction(std::string_view payload);

/// The records after changes 1 to `seq`.
class model {
 public:
  explicit model(std::uint64_t seed) : seed_(seed) {}

  void advance_to(sequence_number seq);
  sequence_number seq() const noexcept { return seq_; }
  /// Throws a violation unless the snapshot holds exactly these records, edges and cursor.
  void check(const storage::replica_snapshot& state) const;

 private:
  std::uint64_t seed_;
  sequence_number seq_ = 0;
  std::map<record_id, std::pair<value, std::uint64_t>> records_;
  std::string cursor_;
};

}  // namespace spooky::chaos
