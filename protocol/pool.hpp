#pragma once

#include "protocol/ids.hpp"
#include "surrealql/database/change.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spooky {

/// The tables whose changes an SSP is sent; nothing: those of all tables.
using table_interest = std::optional<std::vector<table_name>>;

/// `/ssp/register`.
struct ssp_registration {
  ssp_id id;
  std::string url;
  std::string version;
  std::vector<view_id> views;  ///< that it already holds
  std::string instance;        ///< tells processes with one id apart; empty: unknown
  table_interest tables;       ///< what it is to be sent
  std::uint64_t revision = 0;  ///< of `tables`, see ssp_interest
  std::string log_id;          ///< the log that `applied` belongs to; empty: it holds no rows
  sequence_number applied = 0;
};

/// The answer to a registration.
struct ssp_admission {
  /// The SSP is sent everything above: the snapshot's position, or its own if it resumes.
  sequence_number seq = 0;
  bool resumed = false;  ///< it keeps the rows and views it holds
  std::string log_id;    ///< of the log; empty from a scheduler that sends all tables' changes
  /// Of this registration: what carries another is not for this one.
  registration_epoch epoch = 0;
  std::string database{};  ///< SurrealDB's version, which views answer as; empty: not known
};

/// `/ssp/interest`: the tables that an SSP needs from now on, in place of those it said before.
struct ssp_interest {
  ssp_id id;
  std::string instance;
  std::uint64_t revision = 0;  ///< rises with each statement, so that a late one changes nothing
  std::vector<table_name> tables;
};

/// `/ssp/heartbeat`.
struct ssp_heartbeat {
  ssp_id id;
  std::size_t views = 0;
  double cpu = 0;            ///< share of one core, 0..n
  std::uint64_t memory = 0;  ///< resident bytes
  std::optional<sequence_number> applied;
  std::string instance;       ///< as in its registration; empty: unknown
  std::vector<view_id> lost;  ///< views it could not restore when it joined
};

/// What an SSP's own `/health` says.
struct ssp_health {
  bool ready = false;
  bool failed = false;
  std::string state;
  std::string reason;
};

}  // namespace spooky
