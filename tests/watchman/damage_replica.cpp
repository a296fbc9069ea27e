// Changes a replica behind its scheduler's back, while that is stopped:
//   damage_replica <folder> put <row, as an object with its id>
//   damage_replica <folder> drop <table>
#include "storage/replica.hpp"
#include "surrealql/values/text.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace spooky;

result<void> put(storage::replica& replica, std::string_view text) {
  SPOOKY_ASSIGN(const auto row, surrealql::parse_value(text));
  const std::vector<storage::stored_record> rows{{row["id"].as_record(), row, 1}};
  return replica.load(rows);
}

result<void> damage(const std::string& folder, std::string_view how, std::string_view what) {
  storage::replica_options options;
  options.directory = folder;
  SPOOKY_ASSIGN(auto replica, storage::replica::open(std::move(options)));
  SPOOKY_TRY(how == "drop" ? replica.drop_table(what) : put(replica, what));
  SPOOKY_ASSIGN(const auto durable, replica.checkpoint());
  static_cast<void>(durable);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("damage_replica <folder> put <row> | drop <table>\n", stderr);
    return 2;
  }
  const auto done = damage(argv[1], argv[2], argv[3]);
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n", done.failure().message.c_str());
  return 1;
}
