#pragma once

#include "protocol/view.hpp"
#include "views/results/view_snapshot.hpp"

#include <cstddef>

namespace spooky::machines {

/// What a view costs its SSP: one, and one more for every hundred rows that its result consists of,
/// related rows included. The unit in which views are balanced.
double view_cost(std::size_t rows) noexcept;

/// The answer to a registration of the view that shows this.
view_answer answer_of(const view_registration& view, const views::view_snapshot& shown);

}  // namespace spooky::machines
