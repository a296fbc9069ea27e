// The engine of npm @surrealdb/node, embedded in this process; each connection is a datastore of its own.
import { Engine } from '../../surrealdb/engine.mjs';

export async function openEmbedded() {
  const first = await Engine.open('mem://');
  const version = await first.call('version');
  await first.close();
  return { name: 'embedded', version, connect: () => Engine.open('mem://'), close: async () => {} };
}
