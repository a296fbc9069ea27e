#include "machines/view_caps.hpp"

#include "surrealql/values/text.hpp"

namespace spooky::machines {

std::optional<std::string> client_of(const view_registration& view) {
  if (view.caller.system) return std::nullopt;
  const auto owner = owner_of(view);
  return owner ? surrealql::to_text(value{*owner}) : std::string{};
}

namespace {

struct cap {
  std::size_t most;
  std::size_t now;
  std::size_t more;
  const char* unit;
  const char* of_client;
  const char* of_node;
};

error passed(const cap& c, cap_scope scope) {
  const bool client = scope == cap_scope::client;
  return fail(errc::limit_exceeded,
              std::string{client ? "Your views" : "The views of this SSP"} + " take " +
                  std::to_string(c.now) + " " + c.unit + ", this one " + std::to_string(c.more) +
                  ", and no more than " + std::to_string(c.most) + " are allowed (" +
                  (client ? c.of_client : c.of_node) + "); unregister some");
}

}  // namespace

result<void> may_add(const view_caps& caps, const view_usage& now, const view_usage& more) {
  const cap all[] = {
      {caps.views, now.views, more.views, "views", "limits.client_views", "limits.views"},
      {caps.rows, now.rows, more.rows, "rows", "limits.client_rows", "limits.rows"},
      {caps.bytes, now.bytes, more.bytes, "bytes", "limits.client_memory_bytes",
       "limits.memory_bytes"},
  };
  for (const auto& each : all)
    if (each.now > each.most || each.more > each.most - each.now) return passed(each, caps.scope);
  return {};
}

}  // namespace spooky::machines
