import { BucketStore } from './bucket-store.ts';
import { LatencySketch } from './latency-sketch.ts';

/**
 * Sketch <-> text. Every number is written in base-64 digits of five bits each, lowest first, the sixth bit telling
 * that more follow (as source maps do), so that small numbers are one character and gzip sees whole numbers.
 *
 * Layout: 2 * zeroCount + form, then sum, min and max, then pairs of (index gap, count); the first index is zigzag-coded.
 * Form 0 writes sum, min and max in units of 1e-6 (one nanosecond for milliseconds, k6's own resolution); form 1, for
 * custom metrics far from 1, writes the halves of their IEEE 754 doubles.
 */
const resolution = 1e6;

/** Below this a value would lose more than 0.01 % when written in units of 1e-6. */
const smallestInUnits = 0.01;
const largestInUnits = Number.MAX_SAFE_INTEGER / resolution;

export function encodeSketch(sketch: LatencySketch): string {
  if (sketch.count === 0) return '';
  const facts = [sketch.sum, sketch.min, sketch.max];
  const isInUnits = facts.every((fact) => fact === 0 || (fact >= smallestInUnits && fact <= largestInUnits));
  let text = encodeNumber(sketch.zeroCount * 2 + (isInUnits ? 0 : 1));
  for (const fact of facts) text += isInUnits ? encodeNumber(Math.round(fact * resolution)) : encodeDouble(fact);
  let previous: number | undefined;
  for (const [index, count] of sketch.buckets()) {
    text += encodeNumber(previous === undefined ? zigzag(index) : index - previous) + encodeNumber(count);
    previous = index;
  }
  return text;
}

/** Throws `RangeError` for text that no sketch encodes to. */
export function decodeSketch(text: string): LatencySketch {
  if (text === '') return new LatencySketch();
  const reader = { text, position: 0 };
  const head = decodeNumber(reader);
  const readFact = head % 2 === 0 ? () => decodeNumber(reader) / resolution : () => decodeDouble(reader);
  const [sum, min, max] = [readFact(), readFact(), readFact()];
  const buckets = new BucketStore();
  let index: number | undefined;
  while (reader.position < text.length) {
    const gap = decodeNumber(reader);
    index = index === undefined ? unzigzag(gap) : index + gap;
    if (Math.abs(index) > highestIndex) throw new RangeError(`sketch holds a bucket out of range: ${index}`);
    buckets.add(index, decodeNumber(reader));
  }
  const sketch = LatencySketch.fromParts({ zeroCount: Math.floor(head / 2), sum, min, max, buckets });
  const isPlausible = sketch.count > 0 && min >= 0 && min <= max && max <= sum * (1 + 1e-9) && Number.isFinite(sum);
  if (!isPlausible) throw new RangeError(`sketch contradicts itself: sum ${sum}, min ${min}, max ${max}`);
  return sketch;
}

/** Beyond the index of the largest double (and of `smallestIndexable`) a damaged text would ask for gigabytes of buckets. */
const highestIndex = 71_000;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digitOf = new Int8Array(128).fill(-1);
for (let digit = 0; digit < alphabet.length; digit++) digitOf[alphabet.charCodeAt(digit)] = digit;

function encodeNumber(value: number): string {
  let text = '';
  let rest = value;
  while (rest >= 32) {
    text += alphabet[(rest % 32) + 32];
    rest = Math.floor(rest / 32);
  }
  return text + alphabet[rest];
}

function decodeNumber(reader: { readonly text: string; position: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 32) {
    const digit = digitOf[reader.text.charCodeAt(reader.position++)] ?? -1;
    if (digit < 0 || scale > Number.MAX_SAFE_INTEGER) throw new RangeError('sketch is cut short or damaged');
    value += (digit % 32) * scale;
    if (digit < 32) return value;
  }
}

function encodeDouble(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return encodeNumber(view.getUint32(0)) + encodeNumber(view.getUint32(4));
}

function decodeDouble(reader: { readonly text: string; position: number }): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, decodeNumber(reader));
  view.setUint32(4, decodeNumber(reader));
  return view.getFloat64(0);
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
