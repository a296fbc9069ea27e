import type { Spooky } from '../index.js';
import type { Live } from './shared_view.js';

export declare function live<Row = Record<string, unknown>>(spooky: Spooky, surql: string, params?: Record<string, unknown>):
  { subscribe(run: (now: Live<Row[]>) => void): () => void };
