#include "intents/intent.hpp"

#include <utility>

namespace spooky::intents {

query_text render(const intent& asked) {
  return std::visit([](const auto& one) { return render(one); }, asked);
}

result<answer> read(const intent& asked, const db_answer& said) {
  return std::visit(
      [&said](const auto& one) -> result<answer> {
        SPOOKY_ASSIGN(auto read_out, read(one, said));
        return answer{std::move(read_out)};
      },
      asked);
}

}  // namespace spooky::intents
