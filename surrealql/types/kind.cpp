#include "surrealql/types/kind.hpp"

#include "surrealql/values/text.hpp"
#include "surrealql/values/value_reader.hpp"

#include <algorithm>
#include <charconv>

namespace spooky::surrealql {
namespace {

using tag = kind::tag;

constexpr std::size_t deepest = 50;

struct named_tag {
  std::string_view name;
  tag type;
};

/// The kinds that are written as one word without more; `array`, `record` and so on may have more.
constexpr named_tag plain_kinds[] = {
    {"any", tag::any},           {"none", tag::none},         {"null", tag::null},
    {"bool", tag::boolean},      {"int", tag::integer},       {"float", tag::floating},
    {"decimal", tag::decimal},   {"number", tag::number},     {"string", tag::string},
    {"duration", tag::duration}, {"datetime", tag::datetime}, {"uuid", tag::uuid},
    {"array", tag::array},       {"set", tag::set},           {"object", tag::object},
    {"geometry", tag::geometry}, {"bytes", tag::bytes},       {"table", tag::table},
    {"record", tag::record},     {"file", tag::file},         {"regex", tag::regex},
    {"range", tag::range},       {"function", tag::function}};

std::string_view name_of(tag type) noexcept {
  for (const auto& k : plain_kinds) {
    if (k.type == type) return k.name;
  }
  return "any";
}

std::string lower(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class kind_reader {
 public:
  explicit kind_reader(std::string_view text) : text_(text) {}

  result<kind> read() {
    SPOOKY_ASSIGN(kind first, read_single());
    skip_space();
    if (first.type == tag::any || !peek('|')) return first;
    kind either{tag::either, {}, {}, {}, {}, {}};
    add_alternative(either, std::move(first));
    while (take('|')) {
      SPOOKY_ASSIGN(kind next, read_single());
      add_alternative(either, std::move(next));
      skip_space();
    }
    return either;
  }

  std::string_view rest() {
    skip_space();
    return text_.substr(at_);
  }

  error expected(std::string_view what) const {
    return fail(errc::parse_error, "Invalid type '" + std::string(text_.substr(0, 80)) +
                                       "': expected " + std::string(what) + " at character " +
                                       std::to_string(at_ + 1));
  }

 private:
  static void add_alternative(kind& either, kind next) {
    if (next.type == tag::either) {
      for (auto& k : next.arguments) add_alternative(either, std::move(k));
    } else if (std::none_of(either.arguments.begin(), either.arguments.end(),
                            [&](const kind& k) { return to_text(k) == to_text(next); })) {
      either.arguments.push_back(std::move(next));
    }
  }

  result<kind> read_single() {
    if (++depth_ > deepest)
      return fail(errc::limit_exceeded,
                  "The type is nested deeper than " + std::to_string(deepest) + " levels");
    auto made = read_unbounded();
    --depth_;
    return made;
  }

  result<kind> read_unbounded() {
    skip_space();
    if (take('{')) return read_object_literal();
    if (take('[')) return read_array_literal();
    const std::size_t begin = at_;
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string word = lower(text_.substr(begin, end - begin));
    if (word == "option") {
      at_ = end;
      return read_option();
    }
    if (word == "point") {
      at_ = end;
      return kind{tag::geometry, {}, {"point"}, {}, {}, {}};
    }
    for (const auto& known : plain_kinds) {
      if (known.name != word) continue;
      at_ = end;
      return read_parameters(known.type);
    }
    return read_constant();
  }

  /// A type of one value: a text, number, duration or truth value.
  result<kind> read_constant() {
    value_reader reader(text_.substr(at_));
    auto constant = reader.read_value();
    if (!constant) return expected("a type");
    switch (constant->type()) {
      case value_type::boolean:
      case value_type::integer:
      case value_type::floating:
      case value_type::decimal:
      case value_type::string:
      case value_type::duration:
        break;
      default:
        return expected("a type");
    }
    at_ += reader.offset();
    return kind{tag::literal, {}, {}, {}, *std::move(constant), {}};
  }

  result<kind> read_option() {
    skip_space();
    if (!take('<')) return expected("<");
    kind either{tag::either, {}, {}, {}, {}, {}};
    either.arguments.push_back(kind{tag::none, {}, {}, {}, {}, {}});
    SPOOKY_ASSIGN(kind inner, read());
    add_alternative(either, std::move(inner));
    SPOOKY_TRY(close());
    return either;
  }

  result<kind> read_parameters(tag type) {
    kind made{type, {}, {}, {}, {}, {}};
    skip_space();
    const bool has_kind = type == tag::array || type == tag::set;
    const bool has_names =
        type == tag::record || type == tag::table || type == tag::geometry || type == tag::file;
    if ((!has_kind && !has_names) || !take('<')) return made;
    if (has_names) {
      do {
        SPOOKY_ASSIGN(std::string name, read_name());
        made.names.push_back(std::move(name));
        skip_space();
      } while (take('|'));
    } else {
      SPOOKY_ASSIGN(kind element, read());
      if (element.type != tag::any) made.arguments.push_back(std::move(element));
      skip_space();
      if (take(',')) {
        SPOOKY_ASSIGN(made.size, read_size());
      }
    }
    SPOOKY_TRY(close());
    return made;
  }

  result<std::uint64_t> read_size() {
    skip_space();
    std::uint64_t size = 0;
    const char* first = text_.data() + at_;
    const auto read = std::from_chars(first, text_.data() + text_.size(), size);
    if (read.ec != std::errc()) return expected("a number of elements");
    at_ += static_cast<std::size_t>(read.ptr - first);
    return size;
  }

  result<std::string> read_name() {
    skip_space();
    value_reader reader(text_.substr(at_));
    std::string name;
    if (peek('\'') || peek('"')) {
      auto quoted = reader.read_value();
      if (!quoted || !quoted->is_string()) return expected("a closing quote");
      name = quoted->as_string();
    } else if (at_ < text_.size() && is_word(text_[at_])) {
      std::size_t end = at_;
      while (end < text_.size() && is_word(text_[end])) ++end;
      name = text_.substr(at_, end - at_);
      at_ = end;
      return name;
    } else {
      auto read = reader.read_name();
      if (!read) return expected("a name");
      name = *std::move(read);
    }
    at_ += reader.offset();
    return name;
  }

  result<kind> read_object_literal() {
    kind made{tag::literal, {}, {}, {}, value(object()), {}};
    while (true) {
      skip_space();
      if (take('}')) return made;
      SPOOKY_ASSIGN(std::string name, read_name());
      skip_space();
      if (!take(':')) return expected(":");
      SPOOKY_ASSIGN(kind member, read());
      made.members.emplace_back(std::move(name), std::move(member));
      skip_space();
      take(',');
    }
  }

  result<kind> read_array_literal() {
    kind made{tag::literal, {}, {}, {}, value(array()), {}};
    while (true) {
      skip_space();
      if (take(']')) return made;
      SPOOKY_ASSIGN(kind element, read());
      made.arguments.push_back(std::move(element));
      skip_space();
      take(',');
    }
  }

  result<void> close() {
    skip_space();
    if (!take('>')) return expected(">");
    return {};
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool peek(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

template <class Items, class Text>
std::string joined(const Items& items, std::string_view separator, Text text) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += separator;
    out += text(item);
  }
  return out;
}

std::string literal_text(const kind& k) {
  const auto kind_text = [](const kind& inner) { return to_text(inner); };
  if (k.constant.is_array()) return "[" + joined(k.arguments, ", ", kind_text) + "]";
  if (!k.constant.is_object()) return to_text(k.constant);
  return "{ " +
         joined(k.members, ", ",
                [](const auto& m) { return escape_name(m.first) + ": " + to_text(m.second); }) +
         " }";
}

}  // namespace

result<kind> take_kind(std::string_view& text) {
  kind_reader reader(text);
  SPOOKY_ASSIGN(kind made, reader.read());
  text = reader.rest();
  return made;
}

result<kind> parse_kind(std::string_view text) {
  kind_reader reader(text);
  SPOOKY_ASSIGN(kind made, reader.read());
  if (!reader.rest().empty()) return reader.expected("the end of the type");
  return made;
}

std::string to_text(const kind& k) {
  switch (k.type) {
    case tag::either:
      return joined(k.arguments, " | ", [](const kind& inner) { return to_text(inner); });
    case tag::literal:
      return literal_text(k);
    case tag::array:
    case tag::set: {
      std::string out(name_of(k.type));
      if (k.arguments.empty() && !k.size) return out;
      out += "<" + (k.arguments.empty() ? "any" : to_text(k.arguments[0]));
      if (k.size) out += ", " + std::to_string(*k.size);
      return out + ">";
    }
    default: {
      std::string out(name_of(k.type));
      if (k.names.empty()) return out;
      return out + "<" +
             joined(k.names, " | ", [](const std::string& name) { return escape_name(name); }) +
             ">";
    }
  }
}

}  // namespace spooky::surrealql
