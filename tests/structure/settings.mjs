// The settings of config/catalogue.cpp, and the check that each is read where the programs are put together.

/** Settings with one value only: they say what is there, and leave nothing to be read. */
const ONE_VALUED = ['type', 'method.type'];

/** Members that are read by a function of config/settings.hpp, which others call in their stead. */
const READ_BY = { job_tables: 'outbox_tables', 'capture.mode': 'mode_of', 'capture.tables': 'mode_of' };

const SETTING = /\bc\.\w+\(\s*\{"([\w.]+)"/g;
const MEMBER = /return s\.([\w.]+);|std::tie\(([^)]*)\)|\bs\.([\w.]+) = /g;

/** Every setting: its key, and the members of config::*_settings that hold it. */
export function settingsOf(catalogue) {
  const starts = [...catalogue.matchAll(SETTING)];
  return starts.map((start, at) => {
    const text = catalogue.slice(start.index, starts[at + 1]?.index);
    const members = [...text.matchAll(MEMBER)].flatMap(([, member, tied, assigned]) =>
      (tied ? tied.split(',').map((part) => part.trim().replace(/^s\./, '')) : [member ?? assigned]));
    return { key: start[1], members: [...new Set(members)] };
  });
}

/** Whether a source may read settings: it, or the header of its own, includes them. */
export function readsSettings(path, text) {
  return /^(main|actors|machines|storage|net)\//.test(path) && (/#include "config\//.test(text) || /^main\//.test(path));
}

function isRead(member, text) {
  const part = member.replace(/^access\./, '');
  const name = part.replaceAll('.', String.raw`\.`);
  // Read of the whole, or of the part that was passed on: `settings_.limits.views`, `limits.views`.
  const whole = part.includes('.') ? name : String.raw`(?:settings_?|backend|access)\.${name}`;
  return new RegExp(String.raw`(?<![\w.])(?:settings_?\.)?(?:access\.)?${whole}\b(?!\s*=[^=])`).test(text);
}

/** Settings that nothing outside config/ reads, as lines. `sources` are texts of what may read them. */
export function settingProblems(catalogue, sources) {
  const text = sources.join('\n');
  const settings = settingsOf(catalogue);
  const problems = settings.flatMap(({ key, members }) => {
    if (ONE_VALUED.includes(key)) return [];
    if (members.length === 0) return [`${key}: no member of the settings holds it`];
    return members
      .filter((member) => !isRead(member, text) && !(member in READ_BY && new RegExp(`\\.${READ_BY[member]}\\(`).test(text)))
      .map((member) => `${key}: nothing reads ${member}`);
  });
  if (settings.length === 0) problems.push('config/catalogue.cpp: no setting is found');
  return problems;
}
