#include "actors/errors.hpp"

#include <string>

namespace spooky::actors {

caf::error to_caf(const error& failure) { return caf::make_error(failure.code, failure.message); }

namespace {

error from_sec(const caf::error& failure) {
  switch (static_cast<caf::sec>(failure.code())) {
    case caf::sec::request_timeout:
      return fail(errc::timeout, "no answer in time");
    case caf::sec::request_receiver_down:
      return fail(errc::unavailable, "the part that would answer has stopped");
    default:
      return fail(errc::internal,
                  "internal error: " + caf::to_string(static_cast<caf::sec>(failure.code())) + " " +
                      caf::to_string(failure.context()));
  }
}

}  // namespace

error from_caf(const caf::error& failure) {
  if (failure.category() == caf::atom("spooky")) {
    const auto& context = failure.context();
    const bool has_text = context.match_elements<std::string>();
    return fail(static_cast<errc>(failure.code()),
                has_text ? context.get_as<std::string>(0) : std::string{"no further detail"});
  }
  if (failure.category() == caf::atom("system")) return from_sec(failure);
  return fail(errc::unavailable, "the part that would answer has stopped");
}

}  // namespace spooky::actors
