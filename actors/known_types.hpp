#pragma once

#include "surrealql/types/schema.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spooky::actors {

/// The declared field types of the application's tables: one actor learns them, the threads that
/// decode JSON read them. Readers keep what they took; a newer one replaces it as a whole.
class known_types {
 public:
  using learned = std::vector<std::pair<std::string, surrealql::table_schema>>;

  std::shared_ptr<const surrealql::schema> current() const {
    return types_.load(std::memory_order_acquire);
  }

  /// Replaces what is known of these tables; called by one thread at a time. O(tables).
  void learn(learned tables) {
    auto next = std::make_shared<surrealql::schema>(*current());
    for (auto& [table, types] : tables) next->set(std::move(table), std::move(types));
    types_.store(std::move(next), std::memory_order_release);
  }

  void forget(const std::string& table) {
    auto next = std::make_shared<surrealql::schema>(*current());
    next->erase(table);
    types_.store(std::move(next), std::memory_order_release);
  }

 private:
  std::atomic<std::shared_ptr<const surrealql::schema>> types_{
      std::make_shared<const surrealql::schema>()};
};

}  // namespace spooky::actors
