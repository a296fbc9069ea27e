#include "config/document.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <yaml-cpp/yaml.h>

namespace spooky::config {
namespace {

constexpr std::uintmax_t max_file_bytes = 1024 * 1024;
constexpr int max_depth = 16;
constexpr int max_nodes = 20'000;

/// Copies yaml-cpp's tree into ours and finds what settings cannot be.
class reader {
 public:
  reader(std::string file, std::vector<problem>& problems)
      : file_(std::move(file)), problems_(problems) {}

  node read(const YAML::Node& from, int depth = 0) {
    node to;
    to.line = from.Mark().line + 1;
    to.column = from.Mark().column + 1;
    if (depth > max_depth || ++nodes_ > max_nodes) {
      if (!overflowed_)
        report(to.line, to.column, {}, "nested or aliased beyond any settings file");
      overflowed_ = true;
      return to;
    }
    switch (from.Type()) {
      case YAML::NodeType::Scalar:
        to.type = node::kind::scalar;
        to.text = from.Scalar();
        break;
      case YAML::NodeType::Sequence:
        to.type = node::kind::list;
        for (const auto& item : from) to.items.push_back(read(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        to.type = node::kind::map;
        read_members(from, to, depth);
        break;
      default:
        break;
    }
    return to;
  }

 private:
  void read_members(const YAML::Node& from, node& to, int depth) {
    for (const auto& pair : from) {
      const int line = pair.first.Mark().line + 1;
      const int column = pair.first.Mark().column + 1;
      if (!pair.first.IsScalar()) {
        report(line, column, {}, "a key must be plain text");
        continue;
      }
      const std::string& key = pair.first.Scalar();
      for (const auto& earlier : to.members) {
        if (earlier.key == key)
          report(line, column, key,
                 "appears twice; the first is in line " + std::to_string(earlier.line));
      }
      to.members.push_back({key, line, column, read(pair.second, depth + 1)});
    }
  }

  void report(int line, int column, std::string key, std::string what) {
    problems_.push_back({file_, line, column, std::move(key), {}, std::move(what)});
  }

  std::string file_;
  std::vector<problem>& problems_;
  int nodes_ = 0;
  bool overflowed_ = false;
};

}  // namespace

std::optional<node> read_document(const std::string& path, std::vector<problem>& problems) {
  const auto refuse = [&](std::string what, int line = 0, int column = 0) {
    problems.push_back({path, line, column, {}, {}, std::move(what)});
    return std::nullopt;
  };
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return refuse("is a directory, not a file");
  const auto size = std::filesystem::file_size(path, failed);
  if (failed) return refuse("cannot be read: " + failed.message());
  if (size > max_file_bytes) return refuse("is larger than 1 MiB, which no settings file is");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || (size > 0 && !(text << in.rdbuf())))
    return refuse(std::string("cannot be read: ") + std::generic_category().message(errno));

  try {
    const YAML::Node root = YAML::Load(text.str());
    if (!root || root.IsNull()) {
      node nothing;
      nothing.type = node::kind::map;
      return nothing;
    }
    if (!root.IsMap())
      return refuse("must hold `key: value` lines at the top level", root.Mark().line + 1,
                    root.Mark().column + 1);
    return reader(path, problems).read(root);
  } catch (const YAML::Exception& e) {
    return refuse("is not YAML: " + e.msg, e.mark.line + 1, e.mark.column + 1);
  }
}

}  // namespace spooky::config
