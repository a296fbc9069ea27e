/// bench_views [kind|all] [max views]: single-row updates per second by number and kind of views.
/// Each kind is laid out so that every update concerns rows that are in a view's result.
#include "workload.hpp"

#include <functional>
#include <string_view>

using namespace spooky;
using namespace spooky::bench;

namespace {

constexpr std::size_t change_count = 20'000;

struct kind {
  std::string_view name;
  /// Loads tables and registers `views` views.
  std::function<void(views::engine&, std::size_t views)> prepare;
  std::function<change(std::mt19937_64&, std::size_t views)> next;
};

std::size_t pick(std::mt19937_64& random, std::size_t n) { return random() % n; }

void load_posts(views::engine& e, const std::function<value(std::size_t)>& make) {
  std::vector<value> rows;
  for (std::size_t i = 0; i < row_count; ++i) rows.push_back(make(i));
  need(e.load("post", rows, 1));
}

void load_authors(views::engine& e, std::size_t n) {
  std::vector<value> rows;
  for (std::size_t i = 0; i < n; ++i)
    rows.push_back(value(object{{"id", author_id(i)}, {"name", value("n" + std::to_string(i))}}));
  need(e.load("author", rows, 1));
}

void register_all(views::engine& e, std::size_t views, const std::string& text,
                  const std::function<object(std::size_t)>& params) {
  for (std::size_t i = 0; i < views; ++i)
    need(e.register_view("view" + std::to_string(i), text, params(i)));
}

std::int64_t as_score(std::size_t n) { return static_cast<std::int64_t>(n); }

/// Every row is in exactly one view, before and after; a tenth of the updates change which.
const kind equality{
    "equality",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [&](std::size_t i) { return make_post(i, author_id(i % views), as_score(i)); });
      register_all(e, views, "SELECT * FROM post WHERE author = $author", [](std::size_t i) {
        return object{{"author", author_id(i)}};
      });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t i = pick(random, row_count);
      const std::size_t author = pick(random, 10) == 0 ? pick(random, views) : i % views;
      return update_of(make_post(i, author_id(author), as_score(pick(random, 1000))));
    }};

/// As equality, behind a term that half of the rows meet, and that comes first.
const kind conjunction{
    "conjunction",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [&](std::size_t i) {
        return make_post(i, author_id(i % views), as_score(i), i % 2 == 0);
      });
      register_all(e, views, "SELECT * FROM post WHERE active = true AND author = $author",
                   [](std::size_t i) {
                     return object{{"author", author_id(i)}};
                   });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t i = pick(random, row_count);
      const std::size_t author = pick(random, 10) == 0 ? pick(random, views) : i % views;
      return update_of(
          make_post(i, author_id(author), as_score(pick(random, 1000)), pick(random, 2) == 0));
    }};

/// As conjunction, and the author is one of two ways to be in.
const kind either{
    "either",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [&](std::size_t i) {
        return make_post(i, author_id(i % views), as_score(i), i % 2 == 0);
      });
      register_all(
          e, views,
          "SELECT * FROM post WHERE active = true AND (author = $author OR score = $score) "
          "ORDER BY score DESC LIMIT 10",
          [](std::size_t i) {
            return object{{"author", author_id(i)}, {"score", value(as_score(i))}};
          });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t i = pick(random, row_count);
      return update_of(make_post(i, author_id(i % views), as_score(pick(random, row_count)),
                                 pick(random, 2) == 0));
    }};

/// Two ranges, of which the second is the narrower.
const kind ranges{
    "ranges",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [&](std::size_t i) {
        return make_post(i, value(as_score(i % 100)), as_score(i % (views * 10)));
      });
      register_all(
          e, views,
          "SELECT * FROM post WHERE author >= 10 AND author < 90 AND score >= $low AND "
          "score < $high",
          [](std::size_t i) {
            return object{{"low", value(as_score(i * 10))}, {"high", value(as_score(i * 10 + 10))}};
          });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t i = pick(random, row_count);
      return update_of(make_post(i, value(as_score(i % 100)), as_score(pick(random, views * 10))));
    }};

/// Three tags a row of as many as there are views; every update is of rows in three views.
const kind contains{
    "contains",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [&](std::size_t i) {
        auto row = make_post(i, author_id(i % 100), as_score(i)).as_object();
        const auto tag = [&](std::size_t n) { return value("tag" + std::to_string(n % views)); };
        row.set("tags", value(array{tag(i), tag(i + 1), tag(i + 2)}));
        return value(std::move(row));
      });
      register_all(e, views, "SELECT * FROM post WHERE tags CONTAINS $tag", [](std::size_t i) {
        return object{{"tag", value("tag" + std::to_string(i))}};
      });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t i = pick(random, row_count);
      const std::size_t first = pick(random, 10) == 0 ? pick(random, views) : i;
      auto row = make_post(i, author_id(i % 100), as_score(pick(random, 1000))).as_object();
      const auto tag = [&](std::size_t n) { return value("tag" + std::to_string(n % views)); };
      row.set("tags", value(array{tag(first), tag(first + 1), tag(first + 2)}));
      return update_of(value(std::move(row)));
    }};

/// Every update moves a row from one view's range to another's.
const kind range{
    "range",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [&](std::size_t i) {
        return make_post(i, author_id(i % 100), as_score(i % (views * 10)));
      });
      register_all(
          e, views, "SELECT * FROM post WHERE score >= $low AND score < $high", [](std::size_t i) {
            return object{{"low", value(as_score(i * 10))}, {"high", value(as_score(i * 10 + 10))}};
          });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t i = pick(random, row_count);
      return update_of(make_post(i, author_id(i % 100), as_score(pick(random, views * 10))));
    }};

/// The first ten of the whole table, in views that differ in a filter that hides few rows.
const kind top_k{
    "top_k",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [](std::size_t i) {
        return make_post(i, author_id(i % 100), as_score(i * 7919 % 1'000'000));
      });
      register_all(e, views,
                   "SELECT * FROM post WHERE score != $hidden ORDER BY score DESC LIMIT 10",
                   [](std::size_t i) {
                     return object{{"hidden", value(as_score(i))}};
                   });
    },
    [](std::mt19937_64& random, std::size_t) {
      const std::size_t i = pick(random, row_count);
      return update_of(make_post(i, author_id(i % 100), as_score(pick(random, 1'000'000))));
    }};

/// 10,000 children below 1,000 parents; the views share the parents out. Updates are of children.
const kind related{
    "related",
    [](views::engine& e, std::size_t views) {
      std::vector<value> parents;
      for (std::size_t i = 0; i < parent_count; ++i)
        parents.push_back(value(object{{"id", author_id(i)},
                                       {"name", value("n" + std::to_string(i))},
                                       {"team", value(as_score(i % views))}}));
      need(e.load("author", parents, 1));
      load_posts(
          e, [](std::size_t i) { return make_post(i, author_id(i % parent_count), as_score(i)); });
      register_all(e, views,
                   "SELECT *, (SELECT * FROM post WHERE author = $parent.id) AS posts FROM author "
                   "WHERE team = $team",
                   [](std::size_t i) {
                     return object{{"team", value(as_score(i))}};
                   });
    },
    [](std::mt19937_64& random, std::size_t) {
      const std::size_t i = pick(random, row_count);
      return update_of(make_post(i, author_id(i % parent_count), as_score(pick(random, 1000))));
    }};

/// Count and sum per group; with one view all 10,000 rows are one group.
const kind aggregate{
    "aggregate",
    [](views::engine& e, std::size_t views) {
      load_posts(e, [&](std::size_t i) { return make_post(i, author_id(i % views), as_score(i)); });
      register_all(
          e, views,
          "SELECT author, count() AS posts, math::sum(score) AS total, math::max(score) AS "
          "best FROM post WHERE author = $author GROUP BY author",
          [](std::size_t i) {
            return object{{"author", author_id(i)}};
          });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t i = pick(random, row_count);
      return update_of(make_post(i, author_id(i % views), as_score(pick(random, 1000))));
    }};

/// Filtered by a field of the linked author; one update in a hundred renames an author.
const kind linked{
    "link",
    [](views::engine& e, std::size_t views) {
      const std::size_t authors = std::max<std::size_t>(views, 1000);
      load_authors(e, authors);
      load_posts(e,
                 [&](std::size_t i) { return make_post(i, author_id(i % authors), as_score(i)); });
      register_all(e, views, "SELECT *, author.name AS writer FROM post WHERE author.name = $name",
                   [](std::size_t i) {
                     return object{{"name", value("n" + std::to_string(i))}};
                   });
    },
    [](std::mt19937_64& random, std::size_t views) {
      const std::size_t authors = std::max<std::size_t>(views, 1000);
      if (pick(random, 100) == 0) {
        const std::size_t a = pick(random, authors);
        return update_of(value(object{
            {"id", author_id(a)}, {"name", value("n" + std::to_string(pick(random, authors)))}}));
      }
      const std::size_t i = pick(random, row_count);
      return update_of(make_post(i, author_id(i % authors), as_score(pick(random, 1000))));
    }};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "all";
  const std::size_t most = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  for (const kind* k : {&equality, &conjunction, &either, &range, &ranges, &contains, &top_k,
                        &related, &aggregate, &linked}) {
    if (wanted != "all" && wanted != k->name) continue;
    for (std::size_t views = 1; views <= most; views *= 10) {
      std::mt19937_64 random(views);
      views::engine e;
      k->prepare(e, views);
      std::vector<change> changes;
      for (std::size_t i = 0; i < change_count; ++i) changes.push_back(k->next(random, views));
      const timing t = measure_steps(e, std::move(changes));
      std::printf(
          "{\"bench\":\"views_%s\",\"views\":%zu,\"rows\":%zu,\"updates_per_s\":%.0f,\"updates_per_"
          "cpu_s\":%.0f,"
          "\"ns_per_update\":%.0f,\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"deltas_per_update\":%.3f}\n",
          std::string(k->name).c_str(), views, row_count, t.updates_per_s, t.updates_per_cpu_s,
          1e9 / t.updates_per_s, t.p50_ns, t.p99_ns, t.deltas_per_update);
      std::fflush(stdout);
    }
  }
}
