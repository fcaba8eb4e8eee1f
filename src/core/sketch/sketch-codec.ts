import { LatencySketch } from './latency-sketch.ts';

/**
 * Sketch <-> text: base64 of varints. Layout: zero count, then sum, min and max in units of 1e-6 (one nanosecond for
 * milliseconds, k6's own resolution), then pairs of (index gap, count). The first index is zigzag-coded. About 30
 * bytes for the sketch of one endpoint in one time block.
 */
const resolution = 1e6;

export function encodeSketch(sketch: LatencySketch): string {
  if (sketch.count === 0) return '';
  const bytes: number[] = [];
  writeVarint(bytes, sketch.zeroCount);
  for (const value of [sketch.sum, sketch.min, sketch.max]) writeVarint(bytes, Math.round(value * resolution));
  let previous: number | undefined;
  for (const [index, count] of sketch.buckets()) {
    writeVarint(bytes, previous === undefined ? zigzag(index) : index - previous);
    writeVarint(bytes, count);
    previous = index;
  }
  return btoa(String.fromCharCode(...bytes));
}

/** Throws `RangeError` for text that no sketch encodes to. */
export function decodeSketch(text: string): LatencySketch {
  if (text === '') return new LatencySketch();
  const bytes = decodeBase64(text);
  const reader = { bytes, position: 0 };
  const zeroCount = readVarint(reader);
  const [sum, min, max] = [readVarint(reader), readVarint(reader), readVarint(reader)].map((n) => n / resolution);
  const buckets: [number, number][] = [];
  let index: number | undefined;
  while (reader.position < bytes.length) {
    const gap = readVarint(reader);
    index = index === undefined ? unzigzag(gap) : index + gap;
    if (Math.abs(index) > highestIndex) throw new RangeError(`sketch holds a bucket out of range: ${index}`);
    buckets.push([index, readVarint(reader)]);
  }
  return LatencySketch.fromParts({ zeroCount, sum: sum as number, min: min as number, max: max as number, buckets });
}

/** Index of 1e90: beyond it a damaged text would ask for gigabytes of buckets. */
const highestIndex = 20_800;

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new RangeError('sketch is not base64', { cause });
  }
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function readVarint(reader: { bytes: Uint8Array; position: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = reader.bytes[reader.position++];
    if (byte === undefined || scale > 2 ** 56) throw new RangeError('sketch is cut short or damaged');
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}
