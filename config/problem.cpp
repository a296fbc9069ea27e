#include "config/problem.hpp"

namespace spooky::config {

std::string to_string(const problem& p) {
  std::string text = p.file;
  if (p.line > 0) text += ":" + std::to_string(p.line);
  if (p.column > 0) text += ":" + std::to_string(p.column);
  if (!p.key.empty()) text += ": " + p.key;
  text += ": ";
  if (!p.value.empty()) text += "'" + p.value + "' ";
  return text + p.allowed;
}

}  // namespace spooky::config
