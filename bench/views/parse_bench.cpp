/// bench_parse: queries parsed per second.
#include "surrealql/syntax/parse.hpp"
#include "workload.hpp"

using namespace spooky;
using namespace spooky::bench;

int main() {
  const std::pair<const char*, const char*> queries[] = {
      {"filter", "SELECT * FROM post WHERE author = $author AND active = true"},
      {"ordered",
       "SELECT id, title, score, score + 1 AS next FROM post WHERE score > 10 AND (active OR title "
       "= 'x') ORDER BY score DESC, id LIMIT 10 START 5"},
      {"related",
       "SELECT *, (SELECT *, (SELECT * FROM author WHERE id = $parent.author)[0] AS writer "
       "FROM comment WHERE post = $parent.id ORDER BY created DESC LIMIT 3) AS comments, "
       "->likes->post.title AS liked FROM post WHERE author = $author"},
  };
  for (const auto& [name, text] : queries) {
    std::size_t done = 0;
    const stopwatch watch;
    while (watch.seconds() < 1)
      for (int i = 0; i < 100; ++i, ++done) need(surrealql::parse_select(text));
    std::printf("{\"bench\":\"parse\",\"query\":\"%s\",\"bytes\":%zu,\"parses_per_s\":%.0f}\n",
                name, std::char_traits<char>::length(text),
                static_cast<double>(done) / watch.seconds());
  }
}
