#include "actors/front/ssp_handlers.hpp"
#include "protocol/fields.hpp"

#include <string>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

spdlog::level::level_enum level_of(const value& level) {
  if (!level.is_string()) return spdlog::level::info;
  const auto known = spdlog::level::from_str(std::string{level.as_string()});
  return known == spdlog::level::off ? spdlog::level::info : known;
}

}  // namespace

void log_line(ssp_front_ptr self, const exchange& request) {
  if (!request.body["message"].is_string())
    return refuse(self, request, fields::wrong("message", "must be a string"));
  spdlog::log(level_of(request.body["level"]), "client: {}", request.body["message"].as_string());
  answer_at_once(self, request, value{object{{"ok", value{true}}}});
}

}  // namespace spooky::actors
