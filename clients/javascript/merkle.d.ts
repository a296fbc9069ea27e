/** A row in a view's Merkle tree; `id` is CBOR, `place` hexadecimal. */
export interface Leaf { id: Uint8Array; version: number; place: string; hash: Uint8Array }

export interface TreeNode { path: string; hash: string; count: number; children?: string[]; leaves?: [id: unknown, version: number, hash: string][] }

/** `id` and `row` are CBOR. */
export function leafOf(id: Uint8Array, version: number, row: Uint8Array): Promise<Leaf>;
export function leavesIn(message: Uint8Array, member?: 'items' | 'rows'): Promise<Leaf[]>;

export class MerkleTree {
  constructor(leaves: Leaf[]);
  readonly root: Promise<string>;
  node(path: string): Promise<string>;
  under(path: string): Leaf[];
}

export interface Differences { lacking: string[]; extra: Leaf[]; nodes: number }
export function differences(leaves: Leaf[], ask: (paths: string[]) => Promise<TreeNode[]>): Promise<Differences>;

export interface Asked { nodes(paths: string[]): Promise<TreeNode[]>; rows(ids: string[]): Promise<Leaf[]> }
export function askAt(url: string, token?: string, fetch?: typeof globalThis.fetch): Asked;
