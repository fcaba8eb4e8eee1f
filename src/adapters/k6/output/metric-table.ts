import { builtInMetrics, type MetricKind, metricKind } from './k6-points.ts';

export interface KnownMetric {
  readonly name: string;
  readonly kind: MetricKind;
  /** Bytes of the name. */
  readonly length: number;
}

const quote = 34;

/** Finds metrics by the bytes of their names. Two names with one hash would take the reader's slow path, not each other's. */
export class MetricTable {
  readonly #byHash = new Map<number, KnownMetric | 'ambiguous'>();
  readonly #byName = new Map<string, MetricKind>();

  constructor() {
    for (const name of builtInMetrics) this.declare(name, metricKind(name));
  }

  declare(name: string, kind: MetricKind): void {
    if (this.#byName.has(name)) return;
    this.#byName.set(name, kind);
    const bytes = Buffer.from(name);
    const hash = hashName(bytes);
    this.#byHash.set(hash, this.#byHash.has(hash) ? 'ambiguous' : { name, kind, length: bytes.length });
  }

  kindOf(name: string): MetricKind {
    return this.#byName.get(name) ?? metricKind(name);
  }

  /** The metric whose name begins at `start` and ends before the next quote; undefined when it isn't known. */
  find(bytes: Uint8Array, start: number, end: number): KnownMetric | undefined {
    let hash = 0;
    let position = start;
    for (; position < end; position++) {
      const byte = bytes[position] as number;
      if (byte === quote) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    const known = this.#byHash.get(hash);
    return known === undefined || known === 'ambiguous' || known.length !== position - start ? undefined : known;
  }
}

function hashName(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
