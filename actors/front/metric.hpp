#pragma once

#include "surrealql/values/value.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace spooky::actors {

/// One figure, read from a `Source`. Its row in a table of metrics.cpp is all there is of it:
/// `/metrics` as JSON and as Prometheus' text, and the list in docs/operations.md follow from it.
template <class Source>
struct metric {
  std::string_view key;   ///< in JSON; empty: not there
  std::string_view name;  ///< in Prometheus' text; empty: not there
  std::string_view type;  ///< Prometheus' "gauge" or "counter"
  std::string_view meaning;
  value (*read)(const Source&);  ///< a number, or NULL while there is none
};

template <class Source, std::size_t Rows>
void add_json(object& body, const metric<Source> (&table)[Rows], const Source& source) {
  for (const auto& row : table)
    if (!row.key.empty()) body.set(std::string{row.key}, row.read(source));
}

/// A figure as Prometheus writes it; empty for NULL.
std::string prometheus_number(const value& figure);

/// The `# HELP` and `# TYPE` lines of a metric.
void add_heading(std::string& text, std::string_view name, std::string_view type,
                 std::string_view meaning);

/// One sample for each source; `labels` makes `{ssp="a"}` of one, or nothing.
template <class Source, std::size_t Rows, class Labels>
void add_text(std::string& text, const metric<Source> (&table)[Rows],
              std::span<const Source> sources, Labels labels) {
  for (const auto& row : table) {
    if (row.name.empty()) continue;
    std::string samples;
    for (const Source& source : sources)
      if (const auto figure = prometheus_number(row.read(source)); !figure.empty())
        samples += std::string{row.name} + labels(source) + ' ' + figure + '\n';
    if (samples.empty()) continue;
    add_heading(text, row.name, row.type, row.meaning);
    text += samples;
  }
}

template <class Source, std::size_t Rows>
void add_text(std::string& text, const metric<Source> (&table)[Rows], const Source& source) {
  add_text(text, table, std::span<const Source>{&source, 1},
           [](const Source&) { return std::string{}; });
}

}  // namespace spooky::actors
