#pragma once

#include <string_view>
#include <vector>

namespace spooky::web {

/// A file that is compiled into the scheduler, under the path that it is served at.
struct file {
  std::string_view path;  ///< "/demo/demo.js"
  std::string_view type;  ///< its media type
  std::string_view content;
};

/// All of them, in order of their paths.
const std::vector<file>& files();

/// The file that is served at that path; nullptr: none is.
const file* find_file(std::string_view path);

}  // namespace spooky::web
