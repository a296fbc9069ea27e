import type { Spooky } from '../index.js';

export interface LiveCollection<Row extends object> {
  spooky: Spooky;
  surql: string;
  params?: Record<string, unknown>;
  /** The row's `id` unless said. */
  getKey?: (row: Row) => string;
  [more: string]: unknown;
}

/** What `createCollection` of @tanstack/db takes. */
export declare function liveCollectionOptions<Row extends object = Record<string, unknown>>(options: LiveCollection<Row>):
  { getKey: (row: Row) => string; sync: { sync: (collection: any) => () => void; rowUpdateMode: 'full' } } & Record<string, unknown>;
