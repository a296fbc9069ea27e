#include "surrealql/functions/time_format.hpp"

#include "surrealql/values/calendar.hpp"

#include <cstdio>

namespace spooky::surrealql::library {
namespace {

constexpr std::string_view month_names[] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};
constexpr std::string_view day_names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                          "Friday", "Saturday", "Sunday"};

class formatter {
 public:
  formatter(const datetime& at, std::string_view form) : at_(at), t_(to_civil(at)), form_(form) {}

  result<std::string> run() {
    while (next_ < form_.size()) {
      const char c = form_[next_++];
      if (c != '%') {
        out_ += c;
      } else {
        SPOOKY_TRY(specifier());
      }
    }
    return out_;
  }

 private:
  error unknown() const {
    return fail(errc::evaluation_error, "The format '" + std::string(form_) +
                                            "' has an unknown specifier at character " +
                                            std::to_string(next_));
  }

  result<void> specifier() {
    pad_ = '\0';
    if (next_ < form_.size() &&
        std::string_view("-_0").find(form_[next_]) != std::string_view::npos)
      pad_ = form_[next_++];
    if (next_ >= form_.size()) return unknown();
    const char c = form_[next_++];
    if (date_part(c) || time_part(c) || combined(c)) return {};
    if (c == '.' || c == ':' || c == '#' || (c >= '1' && c <= '9')) return extended(c);
    return unknown();
  }

  /// A number padded to `width`, by the specifier's own padding or the one asked for.
  bool number(std::int64_t n, int width, char padding = '0') {
    const char used = pad_ == '\0' ? padding : pad_ == '_' ? ' ' : pad_;
    char buffer[32];
    const char* pattern = used == '-' ? "%lld" : used == ' ' ? "%*lld" : "%0*lld";
    const auto wide = static_cast<long long>(n);
    const int size = used == '-' ? std::snprintf(buffer, sizeof buffer, pattern, wide)
                                 : std::snprintf(buffer, sizeof buffer, pattern, width, wide);
    out_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  bool text(std::string_view part) {
    out_ += part;
    return true;
  }

  bool year(std::int64_t y) {
    if (y >= 0 && y <= 9999) return number(y, 4);
    char buffer[16];
    const int size = std::snprintf(buffer, sizeof buffer, "%+05d", static_cast<int>(y));
    return text({buffer, static_cast<std::size_t>(size)});
  }

  /// The week of the year whose first day is weekday `first` (0: Monday, 6: Sunday).
  std::int64_t week_from(unsigned first) const {
    const unsigned since = (iso_weekday(at_) + 6 - first) % 7;
    return (static_cast<std::int64_t>(day_of_year(t_)) + 6 - since) / 7;
  }

  static std::int64_t modulo(std::int64_t a, std::int64_t b) { return ((a % b) + b) % b; }

  bool date_part(char c) {
    const std::string_view month = month_names[t_.month - 1];
    const std::string_view day = day_names[iso_weekday(at_) - 1];
    switch (c) {
      case 'Y':
        return year(t_.year);
      case 'C':
        return number((t_.year - modulo(t_.year, 100)) / 100, 2);
      case 'y':
        return number(modulo(t_.year, 100), 2);
      case 'G':
        return year(iso_week_year(at_));
      case 'g':
        return number(modulo(iso_week_year(at_), 100), 2);
      case 'm':
        return number(t_.month, 2);
      case 'b':
      case 'h':
        return text(month.substr(0, 3));
      case 'B':
        return text(month);
      case 'd':
        return number(t_.day, 2);
      case 'e':
        return number(t_.day, 2, ' ');
      case 'a':
        return text(day.substr(0, 3));
      case 'A':
        return text(day);
      case 'w':
        return number(iso_weekday(at_) % 7, 1);
      case 'u':
        return number(iso_weekday(at_), 1);
      case 'U':
        return number(week_from(6), 2);
      case 'W':
        return number(week_from(0), 2);
      case 'V':
        return number(iso_week(at_), 2);
      case 'j':
        return number(day_of_year(t_), 3);
      case 'q':
        return number((t_.month - 1) / 3 + 1, 1);
      default:
        return false;
    }
  }

  bool time_part(char c) {
    const unsigned twelve = t_.hour % 12 == 0 ? 12 : t_.hour % 12;
    switch (c) {
      case 'H':
        return number(t_.hour, 2);
      case 'k':
        return number(t_.hour, 2, ' ');
      case 'I':
        return number(twelve, 2);
      case 'l':
        return number(twelve, 2, ' ');
      case 'P':
        return text(t_.hour < 12 ? "am" : "pm");
      case 'p':
        return text(t_.hour < 12 ? "AM" : "PM");
      case 'M':
        return number(t_.minute, 2);
      case 'S':
        return number(t_.second, 2);
      case 'f':
        return number(t_.nanos, 9);
      case 's':
        return number(at_.seconds, 1);
      case 'Z':
        return text("UTC");
      case 'z':
        return text("+0000");
      case 't':
        return text("\t");
      case 'n':
        return text("\n");
      case '%':
        return text("%");
      default:
        return false;
    }
  }

  bool nested(std::string_view form) {
    auto made = formatter(at_, form).run();
    return made && text(*made);
  }

  bool combined(char c) {
    switch (c) {
      case 'D':
      case 'x':
        return nested("%m/%d/%y");
      case 'F':
        return nested("%Y-%m-%d");
      case 'v':
        return nested("%e-%b-%Y");
      case 'R':
        return nested("%H:%M");
      case 'T':
      case 'X':
        return nested("%H:%M:%S");
      case 'r':
        return nested("%I:%M:%S %p");
      case 'c':
        return nested("%a %b %e %H:%M:%S %Y");
      case '+':
        return nested("%Y-%m-%dT%H:%M:%S%.f+00:00");
      default:
        return false;
    }
  }

  bool take(std::string_view what) {
    if (!form_.substr(next_).starts_with(what)) return false;
    next_ += what.size();
    return true;
  }

  /// Fractions (`%.f`, `%.3f`, `%3f`) and offsets (`%:z`).
  result<void> extended(char c) {
    if (c == '.' && take("f")) {
      if (t_.nanos != 0)
        fraction(t_.nanos % 1'000'000 == 0 ? 3 : t_.nanos % 1'000 == 0 ? 6 : 9, true);
      return {};
    }
    for (const int digits : {3, 6, 9}) {
      const std::string wanted = std::to_string(digits) + "f";
      const bool dotted = c == '.' && take(wanted);
      if (dotted || (c == wanted[0] && take("f"))) {
        fraction(digits, dotted);
        return {};
      }
    }
    if (c == ':' && take("::z")) {
      text("+00");
    } else if (c == ':' && take(":z")) {
      text("+00:00:00");
    } else if (c == ':' && take("z")) {
      text("+00:00");
    } else {
      return unknown();
    }
    return {};
  }

  void fraction(int digits, bool dotted) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%09u", t_.nanos);
    if (dotted) out_ += '.';
    out_.append(buffer, static_cast<std::size_t>(digits));
  }

  datetime at_;
  civil_time t_;
  std::string_view form_;
  std::size_t next_ = 0;
  char pad_ = '\0';
  std::string out_;
};

}  // namespace

result<std::string> format_time(const datetime& at, std::string_view form) {
  return formatter(at, form).run();
}

}  // namespace spooky::surrealql::library
