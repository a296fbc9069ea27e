#pragma once

#include "machines/capture/change_feed.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What is kept beside the replica of how far a change feed was read.
namespace spooky::machines {

/// The source part of a batch's cursor: one key per transaction, so that a restart knows which
/// transactions of the overlap window were taken.
std::string feed_source(versionstamp stamp);
/// The stamp of such a source; nothing for other sources.
std::optional<versionstamp> feed_stamp(std::string_view source);

/// Notes of the family `meta`: the database's time up to which the feed was read, in milliseconds,
/// and the tables whose feed had a gap, until they have been compared.
inline constexpr std::string_view feed_read_note = "feed_read_through";
inline constexpr std::string_view feed_gap_note = "feed_gap";

}  // namespace spooky::machines
