import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readsSettings, settingProblems, settingsOf } from './settings.mjs';
import { textOf, trackedFiles } from './tracked.mjs';

const catalogue = textOf('config/catalogue.cpp') + textOf('config/catalogue_streams.hpp');
const sources = trackedFiles().filter((path) => /\.(cpp|hpp)$/.test(path))
  .map((path) => [path, textOf(path)])
  .filter(([path, text]) => readsSettings(path, text))
  .map(([, text]) => text);

test('each setting is read outside config/', () => assert.deepEqual(settingProblems(catalogue, sources), []));

test('the catalogue is read whole', () => {
  const keys = settingsOf(catalogue).map(({ key }) => key);
  const settings = textOf('docs/operations.md').split('\n## ').find((part) => part.startsWith('Settings'));
  const documented = [...settings.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, key]) => key)
    .filter((key) => !key.startsWith('SPOOKY_'));
  assert.deepEqual(documented.filter((key) => !keys.includes(key.replace(/^backends\.\w+\./, ''))), []);
  assert.ok(keys.length >= documented.length);
});

/** The catalogue with a setting more. */
const withSetting = (key, member) =>
  `${catalogue}\nc.whole(\n      {"${key}"}, [](auto& s) -> auto& { return s.${member}; }, 1, many,\n      "Made up.");\n`;

test('refused: a setting that nothing reads', () => {
  assert.deepEqual(settingProblems(withSetting('limits.streams', 'limits.streams'), sources), ['limits.streams: nothing reads limits.streams']);
  assert.deepEqual(settingProblems(withSetting('colour', 'colour'), sources), ['colour: nothing reads colour']);
});

test('refused: a setting that is only written, or whose name others have', () => {
  const made = withSetting('limits.streams', 'limits.streams');
  const problem = ['limits.streams: nothing reads limits.streams'];
  assert.deepEqual(settingProblems(made, [...sources, 'settings.limits.streams = 5;']), problem);
  assert.deepEqual(settingProblems(made, [...sources, 'x = state.limits.streams;', 'y = limits.streams_open;']), problem);
});

test('accepted: a setting that is read, of the whole or of a part that was passed on', () => {
  const made = withSetting('limits.streams', 'limits.streams');
  for (const read of ['x = settings_.limits.streams;', 'f(limits.streams);', 'if (settings.limits.streams == 5) g();']) {
    assert.deepEqual(settingProblems(made, [...sources, read]), [], read);
  }
  assert.deepEqual(settingProblems(withSetting('colour', 'colour'), [...sources, 'x = settings_.colour;']), []);
});

test('refused: a setting whose reader is gone', () => {
  const without = (word) => sources.map((text) => text.replaceAll(word, 'x'));
  assert.deepEqual(settingProblems(catalogue, without('outbox_tables')), ['job_tables: nothing reads job_tables']);
  assert.deepEqual(settingProblems(catalogue, without('settings_.wal_sync_interval')), ['wal_sync_interval_ms: nothing reads wal_sync_interval']);
  assert.deepEqual(settingProblems(catalogue, without('settings.listen_host').map((text) => text.replaceAll('settings_.listen_host', 'x'))),
    ['listen_addr: nothing reads listen_host']);
});

test('refused: a catalogue that cannot be read', () => {
  assert.deepEqual(settingProblems('', sources), ['config/catalogue.cpp: no setting is found']);
  assert.deepEqual(settingProblems(`${catalogue}\nc.toggle({"odd"}, nullptr, "");`, sources), ['odd: no member of the settings holds it']);
});
