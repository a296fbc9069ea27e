#include "config/suggest.hpp"

#include <doctest/doctest.h>

using namespace spooky::config;

TEST_CASE("edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("port", "prot") == 1);
  CHECK(edit_distance("ca", "abc") == 3);
}

TEST_CASE("the nearest name, and none when nothing is near") {
  const std::vector<std::string> known{"db.url", "ingest_port", "ingest_host", "id"};
  CHECK(nearest("ingest_prt", known) == "ingest_port");
  CHECK(nearest("url", known) == "db.url");
  CHECK(nearest("ingestport", known) == "ingest_port");
  CHECK(nearest("banana", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(10'000, 'x'), known).empty());
  CHECK(nearest("x", {}).empty());
}
