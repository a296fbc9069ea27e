#include "surrealql/syntax/token.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace spooky::surrealql {

namespace {

constexpr std::size_t longest_keyword = 12;

// NOLINTNEXTLINE(readability-function-size): a table
const std::unordered_map<std::string_view, keyword>& keywords() {
  static const std::unordered_map<std::string_view, keyword> table = {
      {"access", keyword::access},
      {"all", keyword::all},
      {"allinside", keyword::allinside},
      {"alter", keyword::alter},
      {"and", keyword::and_},
      {"anyinside", keyword::anyinside},
      {"as", keyword::as},
      {"asc", keyword::asc},
      {"ascending", keyword::asc},
      {"at", keyword::at},
      {"begin", keyword::begin},
      {"break", keyword::break_},
      {"by", keyword::by},
      {"cancel", keyword::cancel},
      {"collate", keyword::collate},
      {"commit", keyword::commit},
      {"contains", keyword::contains},
      {"containsall", keyword::containsall},
      {"containsany", keyword::containsany},
      {"containsnone", keyword::containsnone},
      {"containsnot", keyword::containsnot},
      {"continue", keyword::continue_},
      {"create", keyword::create},
      {"database", keyword::database},
      {"db", keyword::database},
      {"define", keyword::define},
      {"delete", keyword::delete_},
      {"desc", keyword::desc},
      {"descending", keyword::desc},
      {"else", keyword::else_},
      {"end", keyword::end},
      {"explain", keyword::explain},
      {"false", keyword::false_},
      {"fetch", keyword::fetch},
      {"field", keyword::field},
      {"for", keyword::for_},
      {"from", keyword::from},
      {"full", keyword::full},
      {"function", keyword::function},
      {"group", keyword::group},
      {"if", keyword::if_},
      {"in", keyword::in},
      {"index", keyword::index},
      {"info", keyword::info},
      {"insert", keyword::insert},
      {"inside", keyword::inside},
      {"intersects", keyword::intersects},
      {"is", keyword::is},
      {"kill", keyword::kill},
      {"kv", keyword::root},
      {"let", keyword::let},
      {"limit", keyword::limit},
      {"live", keyword::live},
      {"namespace", keyword::namespace_},
      {"no", keyword::no},
      {"noindex", keyword::noindex},
      {"none", keyword::none_value},
      {"noneinside", keyword::noneinside},
      {"not", keyword::not_},
      {"notinside", keyword::notinside},
      {"ns", keyword::namespace_},
      {"null", keyword::null},
      {"numeric", keyword::numeric},
      {"omit", keyword::omit},
      {"on", keyword::on},
      {"only", keyword::only},
      {"option", keyword::option},
      {"or", keyword::or_},
      {"order", keyword::order},
      {"outside", keyword::outside},
      {"rand", keyword::rand},
      {"rebuild", keyword::rebuild},
      {"relate", keyword::relate},
      {"remove", keyword::remove},
      {"return", keyword::return_},
      {"root", keyword::root},
      {"select", keyword::select},
      {"show", keyword::show},
      {"sleep", keyword::sleep},
      {"split", keyword::split},
      {"start", keyword::start},
      {"structure", keyword::structure},
      {"table", keyword::table},
      {"tb", keyword::table},
      {"tempfiles", keyword::tempfiles},
      {"then", keyword::then},
      {"throw", keyword::throw_},
      {"timeout", keyword::timeout},
      {"true", keyword::true_},
      {"type", keyword::type},
      {"update", keyword::update},
      {"upsert", keyword::upsert},
      {"use", keyword::use},
      {"value", keyword::value},
      {"version", keyword::version},
      {"where", keyword::where},
      {"with", keyword::with},
  };
  return table;
}

}  // namespace

keyword keyword_of(std::string_view word) noexcept {
  if (word.size() > longest_keyword) return keyword::none;
  std::array<char, longest_keyword> lower{};
  std::transform(word.begin(), word.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto found = keywords().find(std::string_view(lower.data(), word.size()));
  return found == keywords().end() ? keyword::none : found->second;
}

}  // namespace spooky::surrealql
