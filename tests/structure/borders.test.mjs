import assert from 'node:assert/strict';
import { test } from 'node:test';
import { borderProblems, isBordered, ROOMS } from './borders.mjs';
import { textOf, trackedFiles } from './tracked.mjs';

test('no include crosses a folder border of the design', () => {
  const problems = trackedFiles().filter(isBordered).flatMap((path) => borderProblems(path, textOf(path)));
  assert.deepEqual(problems, []);
});

test('each room is there, and says what lives in it or is named by its folder', () => {
  const files = trackedFiles();
  for (const [folder, rooms] of Object.entries(ROOMS)) {
    const there = files.filter((path) => path.startsWith(`${folder}/`) && isBordered(path)).map((path) => path.split('/').slice(1, -1)[0] ?? '');
    assert.deepEqual([...new Set(there)].sort(), Object.keys(rooms).sort(), folder);
    const silent = Object.keys(rooms).filter((room) => room && !textOf(`${folder}/README.md`).includes(`\`${room}/\``));
    assert.deepEqual(silent, [], folder);
  }
});

const REFUSED = [
  ['views/engine/propagation.cpp', '#include "storage/replica.hpp"', /views\/ must not include storage\//],
  ['surrealql/values/value.cpp', '#include "config/settings.hpp"', /surrealql\/ must not include config\//],
  ['surrealql/syntax/lexer.cpp', '#include "surrealql/evaluate/evaluate.hpp"', /syntax must not include surrealql\/evaluate/],
  ['surrealql/lexer.cpp', '#include "surrealql/values/value.hpp"', /stands in one of its rooms/],
  ['views/plan/plan.cpp', '#include "views/maintain/row_view.hpp"', /views\/plan must not include views\/maintain/],
  ['views/engine.cpp', '#include "views/results/member.hpp"', /stands in one of its rooms/],
  ['machines/ssp/edge_ledger.hpp', '#include "views/engine/engine.hpp"', /views\/engine\/ is closed to machines\//],
  ['machines/pool/ssp_link.hpp', '#include "views/engine/engine_options.hpp"', /views\/engine\/ is closed to machines\//],
  ['actors/ssp/circuit.cpp', '#include "views/tables/store.hpp"', /views\/tables\/ is closed to actors\//],
  ['machines/pool/placement_table.cpp', '#include <caf/all.hpp>', /CAF/],
  ['machines/pool/placement_table.cpp', '#include "machines/ssp/edge_ledger.hpp"', /pool must not include machines\/ssp/],
  ['machines/time.hpp', '#include "machines/pool/view_note.hpp"', /must not include machines\/pool/],
  ['machines/lifecycle/machine.cpp', '#include "machines/time.hpp"', /stands in one of its rooms/],
  ['actors/ssp/circuit.cpp', '#include "actors/scheduler/ssp_link.hpp"', /ssp must not include actors\/scheduler/],
  ['actors/interfaces.hpp', '#include "actors/front/front.hpp"', /must not include actors\/front/],
  ['actors/utils/text.cpp', '#include "actors/interfaces.hpp"', /stands in one of its rooms/],
  ['protocol/view.hpp', '#include "machines/time.hpp"', /protocol\/ must not include machines\//],
  ['protocol/view.hpp', '#include "views/engine.hpp"', /protocol\/ must not include views\//],
  ['intents/intent.hpp', '#include "machines/time.hpp"', /intents\/ must not include machines\//],
  ['intents/intent.hpp', '#include <caf/all.hpp>', /CAF/],
  ['config/load.cpp', '#include "surrealql/values/value.hpp"', /config\/ must not include surrealql\//],
  ['storage/wal.cpp', '#include "net/http.hpp"', /storage\/ must not include net\//],
  ['net/http.cpp', '#  include "views/engine/engine.hpp"', /net\/ must not include views\//],
  ['actors/ssp/ssp.cpp', '#include "main/options.hpp"', /actors\/ must not include main\//],
  ['actors/front/front.cpp', '#include "net/detail/transport.hpp"', /private to net\//],
  ['actors/ssp/ssp.cpp', '#include "ssp.hpp"', /from the repository's root/],
  ['net/http_client.cpp', '#include <caf/all.hpp>', /CAF/],
  ['net/http_client.hpp', '#include <boost/asio/io_context.hpp>', /Asio/],
  ['actors/front/front.cpp', '#include <boost/beast.hpp>', /Beast/],
  ['storage/replica.hpp', '#include <rocksdb/db.h>', /RocksDB/],
  ['actors/scheduler/keeper.cpp', '#include <rocksdb/db.h>', /RocksDB/],
  ['main/scheduler.cpp', '#include <yaml-cpp/yaml.h>', /yaml-cpp/],
  ['config/load.cpp', '#include <CLI/CLI.hpp>', /CLI11/],
  ['surrealql/codec/cbor.hpp', '#include <cbor.h>', /libcbor/],
  ['surrealql/codec/json.hpp', '#include <nlohmann/json.hpp>', /nlohmann/],
  ['views/engine/engine.cpp', '#include <mutex>', /lock/],
  ['actors/ssp/circuit.hpp', '#include <mutex>', /lock/],
  ['surrealql/syntax/lexer.cpp', '#include <fstream>', /I\/O/],
  ['views/engine/engine.cpp', 'auto t = std::chrono::steady_clock::now();', /reads a clock/],
];

for (const [path, line, reason] of REFUSED) {
  test(`refused in ${path}: ${line}`, () => {
    const [problem, ...more] = borderProblems(path, `#pragma once\n${line}\n`);
    assert.match(problem ?? 'nothing was found', reason);
    assert.match(problem, new RegExp(`^${path}:2: `));
    assert.deepEqual(more, []);
  });
}

const ACCEPTED = [
  ['views/engine/engine.cpp', '#include "views/engine/engine.hpp"\n#include <vector>\n#include "surrealql/values/value.hpp"'],
  ['views/maintain/diff.cpp', '#include "views/maintain/diff.hpp"\n#include "views/tables/row_table.hpp"'],
  ['machines/ssp/edge_ledger.hpp', '#include "views/hashes/merkle_tree.hpp"\n#include "views/results/member.hpp"'],
  ['net/detail/transport.hpp', '#include <boost/asio/ip/tcp.hpp>\n#include <openssl/ssl.h>'],
  ['net/http_server.cpp', '#include <boost/beast/http.hpp>\n#include "net/detail/transport.hpp"\n#include <mutex>'],
  ['storage/rocks_replica.cpp', '#include <rocksdb/db.h>\n#include "config/settings.hpp"'],
  ['actors/ssp/ssp.cpp', '#include <caf/all.hpp>\n#include "views/engine/engine.hpp"\n#include "actors/interfaces.hpp"'],
  ['main/scheduler.cpp', '#include <CLI/CLI.hpp>\n#include "actors/interfaces.hpp"'],
  ['actors/messages.hpp', '#include "actors/atoms.hpp"'],
  ['machines/pool/rebalance.cpp', '#include "machines/pool/rebalance.hpp"\n#include "machines/time.hpp"'],
  ['surrealql/select/stages.cpp', '#include "surrealql/values/value.hpp"'],
  ['config/document.cpp', '#include <yaml-cpp/yaml.h>'],
  ['views/engine/engine.cpp', '// #include "storage/replica.hpp" would break the border'],
];

for (const [path, text] of ACCEPTED) {
  test(`accepted in ${path}: ${text.split('\n')[0]}`, () => assert.deepEqual(borderProblems(path, text), []));
}
