#include "actors/front/scheduler_handlers.hpp"
#include "web/files.hpp"

#include <string>
#include <utility>

namespace spooky::actors {

namespace {

/// The page takes nothing from elsewhere, and speaks to whatever database it is told of.
constexpr const char* page_policy = "default-src 'self'; img-src data:; connect-src *";

net::http_response file_answer(const web::file& found) {
  net::http_response response;
  response.content_type = found.type;
  response.body = found.content;
  response.headers.set("Content-Security-Policy", page_policy);
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace

void show_page(scheduler_front_ptr self, const exchange& request) {
  const auto* found =
      self->state.config.demo_page ? web::find_file(request.request->path) : nullptr;
  if (found == nullptr)
    return refuse(
        self, request,
        fail(errc::not_found, "no page " + request.request->path +
                                  " is served here; demo_page says whether the demo's is"));
  self->state.pending.done();
  request.respond->send(file_answer(*found));
}

}  // namespace spooky::actors
