#pragma once

#include "actors/database_query.hpp"
#include "machines/capture/page_reading.hpp"

#include <chrono>
#include <memory>
#include <utility>

/// Reading rows of which some may not be readable, for every actor that reads any.
namespace spooky::actors {

/// Reads what this page still lacks, then hands `next` a `result<table_page>`.
template <class Self, class Next>
void read_rows(Self* self, const database_actor& database,
               const std::shared_ptr<page_reading>& reading, std::chrono::milliseconds timeout,
               Next next) {
  const auto ask = reading->next();
  if (!ask) return next(result<table_page>{reading->page()});
  const auto asked_again = [self, database, reading, timeout, next](auto said) mutable {
    if (said.ok()) {
      const auto taken = reading->answered(std::move(said).value());
      if (!taken.ok()) return next(result<table_page>{taken.failure()});
    } else if (!reading->failed(said.failure())) {
      return next(result<table_page>{said.failure()});
    }
    read_rows(self, database, reading, timeout, std::move(next));
  };
  std::visit([&](const auto& one) { ask_database(self, database, one, timeout, asked_again); },
             *ask);
}

/// Reads a page of a table, then hands `next` a `result<table_page>`.
template <class Self, class Next>
void read_rows(Self* self, const database_actor& database, const read_page& asked,
               std::chrono::milliseconds timeout, Next next) {
  read_rows(self, database, std::make_shared<page_reading>(asked.table, asked.after, asked.rows),
            timeout, std::move(next));
}

/// Reads the records that are left to be read, then hands `next` a `result<records_found>`.
template <class Self, class Next>
void read_all_records(Self* self, const database_actor& database,
                      const std::shared_ptr<record_reading>& reading, const read_records& form,
                      std::chrono::milliseconds timeout, Next next) {
  const auto* ids = reading->next();
  if (ids == nullptr) return next(result<records_found>{reading->found()});
  auto asked = form;
  asked.ids = *ids;
  ask_database(
      self, database, std::move(asked), timeout,
      [self, database, reading, form, timeout, next](result<std::vector<change>> said) mutable {
        if (said.ok())
          reading->answered(std::move(said).value());
        else if (!reading->failed(said.failure()))
          return next(result<records_found>{said.failure()});
        read_all_records(self, database, reading, form, timeout, std::move(next));
      });
}

/// Reads these records, `group` at a time, then hands `next` a `result<records_found>`.
template <class Self, class Next>
void read_all_records(Self* self, const database_actor& database, const read_records& asked,
                      std::size_t group, std::chrono::milliseconds timeout, Next next) {
  read_all_records(self, database, std::make_shared<record_reading>(asked.ids, group), asked,
                   timeout, std::move(next));
}

}  // namespace spooky::actors
