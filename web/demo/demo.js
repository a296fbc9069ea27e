// Two queries that are followed while writes run.
import { Spooky } from './client/index.js';
import { Database } from './database.js';

const KEPT_TIMES = 1000;
const TOPICS = ['cats', 'code', 'soup', 'rain', 'trains'];
const FRESH_MS = 600;

const $ = (selector) => document.querySelector(selector);
const form = $('#database');
const state = $('#state');

let database;
let spooky;
let writing;
const written = new Map(); // number of a write -> when the database had acknowledged it, once it has
const times = [];

// -- what the address says: #url=ws://...&ns=...&db=...&user=...&pass=... -------------------------------

const said = new URLSearchParams(location.hash.slice(1));
for (const [name, value] of said) if (form.elements[name]) form.elements[name].value = value;
// A password does not stay in the address.
if (said.has('pass')) history.replaceState(null, '', location.pathname);

form.addEventListener('submit', (event) => { event.preventDefault(); connect(); });
if (said.has('ns')) connect();

async function connect() {
  state.textContent = 'connecting …';
  try {
    database?.close();
    const opened = await Database.open(Object.fromEntries(new FormData(form)), () => { if (database === opened) state.textContent = 'the connection to SurrealDB has ended'; });
    database = opened;
    spooky?.close();
    spooky = new Spooky({ register: (view) => database.query('RETURN fn::query::register($view)', { view }) });
    state.textContent = 'connected';
    $('#writing').disabled = false;
    for (const pane of panes) pane.follow();
  } catch (failure) {
    state.textContent = failure.message;
  }
}

// -- a query and its rows ------------------------------------------------------------------------------

class Pane {
  #view;
  #shown = new Map();

  constructor(section) {
    this.section = section;
    this.what = section.querySelector('.what');
    section.querySelector('form').addEventListener('submit', (event) => { event.preventDefault(); this.follow(); });
  }

  follow() {
    if (!spooky) return;
    this.#view?.close();
    this.#shown.clear();
    this.section.querySelector('.rows').replaceChildren();
    this.#view = spooky.live(this.section.querySelector('textarea').value);
    this.#view.subscribe((view) => this.#draw(view));
  }

  #draw(view) {
    const rows = view.result === undefined ? [] : [view.result].flat();
    this.what.textContent = view.error ?? (view.result === undefined ? '' : `${rows.length} rows at position ${view.seq}`);
    this.what.classList.toggle('trouble', view.error !== undefined);
    if (view.result === undefined) return;
    for (const row of rows) note(row);
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row ?? {})))];
    const before = this.#shown;
    this.#shown = new Map(rows.map((row) => [JSON.stringify(row), true]));
    const body = rows.map((row) => line('td', columns.map((name) => text(row?.[name])), before.size > 0 && !before.has(JSON.stringify(row))));
    const table = document.createElement('table');
    table.append(line('th', columns), ...body);
    this.section.querySelector('.rows').replaceChildren(table);
  }
}

const text = (value) => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

function line(kind, cells, fresh = false) {
  const row = document.createElement('tr');
  for (const cell of cells) row.append(Object.assign(document.createElement(kind), { textContent: cell }));
  if (fresh) {
    row.classList.add('fresh');
    setTimeout(() => row.classList.remove('fresh'), FRESH_MS);
  }
  return row;
}

const panes = [...document.querySelectorAll('.pane')].map((section) => new Pane(section));

// -- writes, and how soon they are seen ----------------------------------------------------------------

$('#writing').addEventListener('click', () => {
  const on = writing === undefined;
  $('#writing').setAttribute('aria-pressed', String(on));
  $('#writing').textContent = on ? 'Stop' : 'Write';
  if (on) return write();
  clearTimeout(writing);
  writing = undefined;
  return undefined;
});

async function write() {
  writing = setTimeout(write, 1000 / Math.max(1, Number($('#rate').value) || 1));
  const number = performance.now();
  written.set(String(number), { seen: undefined, committed: undefined });
  try {
    await database.query('CREATE note SET text = $text, topic = $topic, size = $size, at = time::now() RETURN NONE',
      { text: String(number), topic: TOPICS[Math.floor(Math.random() * TOPICS.length)], size: Math.floor(Math.random() * 100) });
    $('#written').textContent = Number($('#written').textContent) + 1;
    settle(String(number), { committed: performance.now() });
  } catch (failure) {
    state.textContent = failure.message;
    written.delete(String(number));
  }
}

/** A row that one of our writes made is on the screen. */
function note(row) {
  if (written.has(row?.text) && written.get(row.text).seen === undefined) settle(row.text, { seen: performance.now() });
}

function settle(number, what) {
  const write = Object.assign(written.get(number) ?? {}, what);
  if (write.seen === undefined || write.committed === undefined) return;
  written.delete(number);
  // It may be seen before its acknowledgement is.
  times.push(Math.max(0, write.seen - write.committed));
  if (times.length > KEPT_TIMES) times.shift();
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1)} ms`;
  $('#median').textContent = at(0.5);
  $('#p99').textContent = at(0.99);
}
