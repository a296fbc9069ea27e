#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/values/decimal.hpp"
#include "surrealql/values/value.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

namespace spooky::views {

/// Random writes to a small world of authors, posts, comments and likes.
class world {
 public:
  explicit world(unsigned seed) : random_(seed) {
    for (const char* table : {"author", "post", "comment", "likes"}) source_.define_table(table);
  }

  const surrealql::map_source& source() const { return source_; }
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  change next(sequence_number seq) {
    const record_id id = random_id();
    change c;
    c.seq = seq;
    c.id = id;
    const bool exists = !source_.get(id)->is_none();
    if (exists && below(4) == 0) {
      c.op = change_op::erase;
      source_.erase(id);
      return c;
    }
    c.op = exists ? change_op::update : change_op::create;
    c.record = record_of(id);
    REQUIRE(source_.put(c.record).ok());
    return c;
  }

 private:
  record_id author() { return {"author", value(static_cast<int>(below(6)))}; }
  record_id post() {
    return {"post", below(5) == 0 ? value("p" + std::to_string(below(3)))
                                  : value(static_cast<int>(below(12)))};
  }
  record_id random_id() {
    switch (below(8)) {
      case 0:
        return author();
      case 1:
      case 2:
      case 3:
        return post();
      case 4:
      case 5:
        return {"comment", value(static_cast<int>(below(20)))};
      default:
        return {"likes", value(static_cast<int>(below(15)))};
    }
  }

  value number() {
    switch (below(8)) {
      case 0:
        return value(static_cast<double>(below(10)) / 2);
      case 1:
        return value(0.1 * below(10));
      case 2:
        return value(*spooky::decimal::parse(std::to_string(below(5)) + ".25"));
      case 3:
        return below(2) == 0 ? value::null() : value("text");
      default:
        return value(static_cast<int>(below(10)));
    }
  }

  value record_of(const record_id& id) {
    object row{{"id", value(id)}};
    if (id.table == "author") {
      row.set("name", value(std::string(1, static_cast<char>('a' + below(4)))));
      row.set("age", number());
      if (below(2) == 0) row.set("boss", value(author()));
    } else if (id.table == "post") {
      if (below(6) != 0) row.set("author", value(author()));
      row.set("title", value("t" + std::to_string(below(5))));
      if (below(8) != 0) row.set("score", number());
      row.set("active", value(below(2) == 0));
      array tags;
      for (unsigned i = below(4); i > 0; --i) tags.emplace_back("k" + std::to_string(below(3)));
      row.set("tags", value(std::move(tags)));
      row.set("meta", value(object{{"level", value(static_cast<int>(below(3)))}}));
    } else if (id.table == "comment") {
      row.set("post", value(post()));
      row.set("author", value(author()));
      row.set("n", value(static_cast<int>(below(6))));
    } else {
      row.set("in", value(author()));
      row.set("out", value(post()));
      row.set("weight", value(static_cast<int>(below(4))));
    }
    return value(std::move(row));
  }

  std::mt19937 random_;
  surrealql::map_source source_;
};

}  // namespace spooky::views
