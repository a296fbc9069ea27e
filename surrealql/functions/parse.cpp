#include "surrealql/functions/formats.hpp"
#include "surrealql/functions/library.hpp"

/// parse::email and parse::url.
namespace spooky::surrealql::library {
namespace {

value text_or_none(const std::optional<std::string>& text) {
  return text ? value(*text) : value::none();
}

template <std::string email_parts::*Part>
result<value> email(arguments a) {
  const auto parsed = parse_email(a[0].as_string());
  return parsed ? value((*parsed).*Part) : value::none();
}

template <value (*Part)(const url_parts&)>
result<value> url(arguments a) {
  const auto parsed = parse_url(a[0].as_string());
  return parsed ? Part(*parsed) : value::none();
}

value domain(const url_parts& u) {
  return u.host_is_address ? value::none() : text_or_none(u.host);
}
value fragment(const url_parts& u) { return text_or_none(u.fragment); }
value host(const url_parts& u) { return text_or_none(u.host); }
value path(const url_parts& u) { return value(u.path); }
value port(const url_parts& u) { return u.port ? value(std::int64_t{*u.port}) : value::none(); }
value query(const url_parts& u) { return text_or_none(u.query); }
value scheme(const url_parts& u) { return value(u.scheme); }

constexpr function_entry rows[] = {
    row("parse::email::host", "s", plain<email<&email_parts::host>>),
    row("parse::email::user", "s", plain<email<&email_parts::user>>),
    row("parse::url::domain", "s", plain<url<domain>>),
    row("parse::url::fragment", "s", plain<url<fragment>>),
    row("parse::url::host", "s", plain<url<host>>),
    row("parse::url::path", "s", plain<url<path>>),
    row("parse::url::port", "s", plain<url<port>>),
    row("parse::url::query", "s", plain<url<query>>),
    row("parse::url::scheme", "s", plain<url<scheme>>),
};

}  // namespace

std::span<const function_entry> parse_functions() { return rows; }

}  // namespace spooky::surrealql::library
