import type { Spooky } from '../index.js';
import type { Live } from './shared_view.js';

export declare function liveWith(Solid: { createSignal: unknown; onCleanup: unknown }):
  <Row = Record<string, unknown>>(spooky: Spooky, surql: string, params?: Record<string, unknown>) => () => Live<Row[]>;
