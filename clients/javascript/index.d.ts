/** What a registration is answered with, as far as a client needs it. */
export interface Registered {
  view: string;
  stream_url: string;
  stream_token?: string;
}

export interface Registration {
  id: string;
  surql: string;
  params: Record<string, unknown>;
  ttl: string;
  edges: boolean;
  rows: boolean;
}

export interface Options {
  /** Has a query registered, by whatever connection to SurrealDB the application has. */
  register(view: Registration): Promise<Registered>;
  /** The class to use where there is no global one. */
  WebSocket?: unknown;
  /** How long the query lives when nobody registers it again; "10m" unless said. */
  ttl?: string;
}

export declare class Spooky {
  constructor(options: Options);
  /** A live view of the query; it begins at once and goes on until it is closed. */
  live<Row = Record<string, unknown>>(surql: string, params?: Record<string, unknown>): LiveView<Row[]>;
  close(): void;
}

export interface LiveView<Result> extends AsyncIterable<Result> {
  readonly result: Result | undefined;
  readonly seq: number | undefined;
  readonly error: string | undefined;
  readonly versions: [id: string, version: number][];
  subscribe(listener: (view: LiveView<Result>) => void): () => void;
  close(): void;
}

/** Registers by way of a connection of SurrealDB's SDK. */
export declare function registerWith(db: { query(text: string, vars?: object): unknown }): Options['register'];

/** The key under which a query is registered. */
export declare function keyOf(surql: string, params?: Record<string, unknown>): Promise<string>;
