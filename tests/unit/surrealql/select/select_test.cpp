#include "surrealql/codec/cbor.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/surrealql/recorded.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// The engine may send a NaN with a sign, which has no meaning and which we drop.
value decoded(std::string_view cbor) {
  auto v = decode_cbor(cbor);
  REQUIRE(v.ok());
  return *std::move(v);
}

std::string encoded(const value& v) {
  std::string out;
  encode_cbor(v, out);
  return out;
}

// One query of a recorded file and what is expected of it.
struct recorded_query {
  std::size_t line = 0;
  std::string text;
  std::string answer;   ///< CBOR; empty where the engine fails
  std::string message;  ///< the engine's error
  std::string ours;     ///< text of the value we give instead
  std::string refused;  ///< part of the message we refuse it with
};

// Replays one file that tests/oracle/record/select.mjs has recorded.
class replay {
 public:
  replay(const std::filesystem::path& path, semantics rules) : file_(path), rules_(rules) {}

  std::size_t run() {
    std::ifstream in(file_);
    std::string line;
    while (std::getline(in, line)) {
      ++line_;
      take(line);
    }
    finish_query();
    return queries_;
  }

 private:
  void take(const std::string& line) {
    if (line.starts_with("=> error ")) {
      query_.message = line.substr(9);
    } else if (line.starts_with("=> ")) {
      query_.answer = from_hex(line.substr(3));
    } else if (line.starts_with("ours: ")) {
      query_.ours = line.substr(6);
    } else if (line.starts_with("refused: ")) {
      query_.refused = line.substr(9);
    } else {
      finish_query();
      if (line.starts_with("! ")) {
        if (in_setup_) return;
        in_setup_ = true;
        source_ = map_source();
      } else if (line.starts_with("table ")) {
        in_setup_ = false;
        load(line);
      } else if (line.starts_with("param ")) {
        const auto colon = line.find(": ");
        params_.set(line.substr(6, colon - 6), decoded(from_hex(line.substr(colon + 2))));
      } else if (!line.empty() && line[0] != '#' && line[0] != '$') {
        query_ = {};
        query_.line = line_;
        query_.text = line;
      }
    }
  }

  void load(const std::string& line) {
    const auto colon = line.find(": ");
    source_.define_table(line.substr(6, colon - 6));
    const value rows = decoded(from_hex(line.substr(colon + 2)));
    for (const value& record : rows.as_array()) REQUIRE(source_.put(record).ok());
  }

  result<value> ask(const std::string& text) {
    SPOOKY_ASSIGN(const auto statements, parse_statements(text, {.rules = rules_}));
    eval_context context;
    context.source = &source_;
    context.params = &params_;
    context.rules = rules_;
    value last;
    for (const statement& one : statements) {
      SPOOKY_ASSIGN(last, surrealql::run(one, context));
    }
    return last;
  }

  void finish_query() {
    if (query_.text.empty()) return;
    ++queries_;
    const recorded_query q = std::move(query_);
    query_ = {};
    const auto answer = ask(q.text);
    const std::string place = file_.filename().string() + ":" + std::to_string(q.line);
    CAPTURE(place);
    CAPTURE(q.text);
    if (answer.ok()) {
      CAPTURE(to_text(*answer));
      if (!q.ours.empty()) {
        CHECK(to_text(*answer) == q.ours);
      } else if (q.answer.empty()) {
        FAIL_CHECK("the engine fails: " << q.message);
      } else if (encoded(*answer) != encoded(decoded(q.answer))) {
        FAIL_CHECK("the engine answers " << to_text(decoded(q.answer)));
      }
      CHECK(q.refused.empty());
      return;
    }
    CAPTURE(answer.failure().message);
    if (!q.refused.empty()) {
      CHECK(answer.failure().message.find(q.refused) != std::string::npos);
    } else if (q.message.empty() || !q.ours.empty()) {
      FAIL_CHECK("the engine answers " << to_text(decoded(q.answer)));
    } else if (answer.failure().code == errc::evaluation_error) {
      CHECK(answer.failure().message == q.message);
    }
  }

  std::filesystem::path file_;
  semantics rules_;
  map_source source_;
  object params_;
  recorded_query query_;
  std::size_t line_ = 0;
  std::size_t queries_ = 0;
  bool in_setup_ = false;
};

}  // namespace

TEST_CASE("Every recorded query gets the engine's answer, of each version") {
  for (const auto& [folder, rules] : test::recorded_versions()) {
    CAPTURE(folder);
    std::size_t queries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(SPOOKY_TEST_DATA) +
                                                                 "/" + folder + "/select"))
      queries += replay(entry.path(), rules).run();
    CHECK(queries > 400);
  }
}
