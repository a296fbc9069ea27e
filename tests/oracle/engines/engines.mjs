// The engines that this machine can start, newest first.
import { openEmbedded } from './embedded.mjs';
import { openPython } from './python.mjs';
import { openServer } from './server.mjs';

const openers = { server: openServer, python: openPython, embedded: openEmbedded };

export const engineNames = Object.keys(openers);

/** Opens the engine `name`, or every one at hand for `all`. One that is asked for by name must be there. */
export async function openEngines(name) {
  if (name !== 'all' && !openers[name]) throw new Error(`--engine ${name}: there are ${engineNames.join(', ')}, all`);
  const opened = [];
  for (const each of name === 'all' ? engineNames : [name]) {
    const engine = await openers[each]();
    if (engine) opened.push(engine);
    else if (name !== 'all') throw new Error(`--engine ${name}: it is not installed on this machine`);
  }
  return opened;
}
