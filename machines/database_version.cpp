#include "machines/database_version.hpp"

#include <utility>

namespace spooky::machines {

using surrealql::server_version;

namespace {

surrealql::semantics rules_of(const std::string& version) {
  const auto parsed = surrealql::parse_server_version(version);
  return parsed ? surrealql::semantics::of(*parsed) : surrealql::semantics{};
}

say remark_on(const std::string& version) {
  const server_version newest = surrealql::newest_known_version();
  const auto parsed = surrealql::parse_server_version(version);
  if (!parsed)
    return {say::severity::warning,
            "the database does not tell its version; answering as SurrealDB " + to_text(newest) +
                " does"};
  if (std::pair{parsed->major, parsed->minor} > std::pair{newest.major, newest.minor})
    return {say::severity::warning, "the database is " + version +
                                        ", newer than what is known here; answering as SurrealDB " +
                                        to_text(newest) + " does"};
  return {say::severity::info, "answering as " + version};
}

}  // namespace

database_version::database_version(std::string known)
    : text_(std::move(known)), rules_(rules_of(text_)) {}

database_version::heard database_version::hear(std::string told) {
  heard out;
  if (std::exchange(remarked_, true) && told == text_) return out;
  out.remark = remark_on(told);
  // One that does not tell may be any: nothing says that it is another than before.
  if (!surrealql::parse_server_version(told)) return out;
  text_ = std::move(told);
  const auto before = std::exchange(rules_, rules_of(text_));
  out.differs = !(before == rules_);
  return out;
}

}  // namespace spooky::machines
