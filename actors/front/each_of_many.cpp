#include "actors/front/each_of_many.hpp"

#include "surrealql/values/result.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace spooky::actors {

namespace {

/// The answers so far.
struct gathered {
  std::shared_ptr<net::responder> to;
  std::vector<std::string> bodies;
  std::size_t missing = 0;

  void answer() {
    net::http_response all;
    all.body = "[";
    for (auto& body : bodies) {
      if (all.body.size() > 1) all.body += ",";
      all.body += body;
    }
    all.body += "]";
    to->send(std::move(all));
  }
};

class one_of_many final : public net::responder {
 public:
  one_of_many(std::shared_ptr<gathered> all, std::size_t place)
      : all_(std::move(all)), place_(place) {}

  void send(net::http_response response) override {
    all_->bodies[place_] = std::move(response.body);
    if (--all_->missing == 0) all_->answer();
  }
  // What is registered is answered whole.
  void begin(unsigned, std::string, net::http_headers) override { abort(); }
  void write(std::string, std::function<void(bool)> on_drained) override {
    if (on_drained) on_drained(false);
  }
  void finish() override {}
  void abort() override { send(net::error_response(fail(errc::internal, "no answer came"))); }

 private:
  std::shared_ptr<gathered> all_;
  std::size_t place_;
};

}  // namespace

result<void> holds_requests(const array& body) {
  if (body.empty()) return fail(errc::invalid_argument, "the array holds nothing");
  if (!std::all_of(body.begin(), body.end(), [](const value& item) { return item.is_object(); }))
    return fail(errc::invalid_argument, "the array must hold objects");
  return {};
}

std::vector<std::shared_ptr<net::responder>> answered_together(
    std::size_t count, const std::shared_ptr<net::responder>& to) {
  const auto all = std::make_shared<gathered>();
  all->to = to;
  all->bodies.resize(count);
  all->missing = count;
  std::vector<std::shared_ptr<net::responder>> parts;
  parts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) parts.push_back(std::make_shared<one_of_many>(all, i));
  return parts;
}

}  // namespace spooky::actors
