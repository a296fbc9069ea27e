#pragma once

#include <string>

namespace spooky::config {

/// All settings as Markdown tables, from the same catalogue that reads them: the part of
/// docs/operations.md between the `settings` markers, and what `spooky settings` prints.
std::string settings_reference();

}  // namespace spooky::config
