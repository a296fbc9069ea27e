#include "surrealql/values/result.hpp"

namespace spooky {

std::string_view error_text(errc code) noexcept {
  switch (code) {
    case errc::none:
      return "NONE";
    case errc::invalid_argument:
      return "INVALID_ARGUMENT";
    case errc::parse_error:
      return "PARSE_ERROR";
    case errc::unsupported:
      return "UNSUPPORTED";
    case errc::evaluation_error:
      return "EVALUATION_ERROR";
    case errc::not_found:
      return "NOT_FOUND";
    case errc::already_exists:
      return "ALREADY_EXISTS";
    case errc::conflict:
      return "CONFLICT";
    case errc::not_ready:
      return "NOT_READY";
    case errc::overloaded:
      return "OVERLOADED";
    case errc::limit_exceeded:
      return "LIMIT_EXCEEDED";
    case errc::timeout:
      return "TIMEOUT";
    case errc::unavailable:
      return "UNAVAILABLE";
    case errc::unauthorized:
      return "UNAUTHORIZED";
    case errc::io_error:
      return "IO_ERROR";
    case errc::corrupt:
      return "CORRUPT";
    case errc::internal:
      return "INTERNAL";
  }
  return "INTERNAL";
}

}  // namespace spooky
