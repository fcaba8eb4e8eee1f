import { bucketValue, gamma, relativeAccuracy } from './bucket-mapping.ts';
import { BucketStore } from './bucket-store.ts';
import { LatencySketch } from './latency-sketch.ts';
import { type PackedReader, packNumber, unpackNumber, unzigzag } from './packed-numbers.ts';

/**
 * Sketch <-> text, made of packed numbers.
 *
 * Layout: zero count; then, unless all values are zero, where in its bucket the smallest and the largest value lie, where
 * between its bounds the sum lies, and pairs of (index gap, count), the first index zigzag-coded. The buckets come back
 * exactly, the extremes within 0.02 % and the sum within 0.003 %; in full they would double the size of a run record.
 */
export function encodeSketch(sketch: LatencySketch): string {
  if (sketch.count === 0) return '';
  const zeros = packNumber(sketch.zeroCount);
  const [first, last] = sketch.bucketRange;
  if (first > last) return zeros;
  let bucketSum = 0;
  for (const [index, count] of sketch.buckets()) bucketSum += count * bucketValue(index);
  const low = sketch.zeroCount > 0 ? 0 : cellOf(placeInBucket(sketch.min, first), placeCells);
  const high = cellOf(placeInBucket(sketch.max, last), placeCells);
  const sum = cellOf((sketch.sum / bucketSum - 1) / (2 * relativeAccuracy) + 0.5, sumCells);
  return zeros + packNumber(low) + packNumber(high) + packNumber(sum) + sketch.packedBuckets();
}

/** Throws `RangeError` for text that no sketch encodes to. */
export function decodeSketch(text: string): LatencySketch {
  if (text === '') return new LatencySketch();
  const reader = { text, position: 0 };
  const zeroCount = unpackNumber(reader);
  if (reader.position === text.length) {
    return LatencySketch.fromParts({ count: zeroCount, zeroCount, sum: 0, min: 0, max: 0, buckets: new BucketStore() });
  }
  const [low, high, sumCell] = [unpackNumber(reader), unpackNumber(reader), unpackNumber(reader)];
  if (low >= placeCells || high >= placeCells || sumCell >= sumCells) throw damaged();
  const packed = text.slice(reader.position);
  const { first, last, count, bucketSum } = surveyPairs(reader);
  return LatencySketch.fromParts({
    count: zeroCount + count,
    zeroCount,
    sum: bucketSum * (1 + ((sumCell + 0.5) / sumCells - 0.5) * 2 * relativeAccuracy),
    min: zeroCount > 0 ? 0 : valueInBucket(first, low),
    max: valueInBucket(last, high),
    buckets: BucketStore.ofPacked(packed, first, last),
  });
}

/** Checks the rest of the text and adds it up. `bucketValue` for each bucket would be most of the work: products do. */
function surveyPairs(reader: PackedReader): { first: number; last: number; count: number; bucketSum: number } {
  const first = checkedIndex(unzigzag(unpackNumber(reader)));
  let last = first;
  let value = bucketValue(first);
  let count = 0;
  let bucketSum = 0;
  for (;;) {
    const inBucket = unpackNumber(reader);
    if (inBucket < 1 || inBucket > largestCount) throw damaged();
    count += inBucket;
    bucketSum += inBucket * value;
    if (reader.position === reader.text.length) return { first, last, count, bucketSum };
    const gap = unpackNumber(reader);
    if (gap < 1) throw damaged();
    last = checkedIndex(last + gap);
    value *= gap < powersOfGamma.length ? (powersOfGamma[gap] as number) : gamma ** gap;
  }
}

function checkedIndex(index: number): number {
  if (Math.abs(index) > highestIndex) throw new RangeError(`sketch holds a bucket out of range: ${index}`);
  return index;
}

const powersOfGamma = Array.from({ length: 64 }, (_, exponent) => gamma ** exponent);

/** Cells into which a bucket is cut for the extremes, and the span of possible sums for the sum. */
const placeCells = 32;
const sumCells = 1024;

const largestCount = 2 ** 32 - 1;

/** Beyond the index of the largest double a damaged text would ask for gigabytes of buckets. */
const highestIndex = 71_000;

const logGamma = Math.log(gamma);

/** Where `value` lies in bucket `index`, 0..1 on a logarithmic scale. */
function placeInBucket(value: number, index: number): number {
  return Math.log(value) / logGamma - (index - 1);
}

function valueInBucket(index: number, cell: number): number {
  return gamma ** (index - 1 + (cell + 0.5) / placeCells);
}

function cellOf(place: number, cells: number): number {
  return Math.min(cells - 1, Math.max(0, Math.floor(place * cells)));
}

function damaged(): RangeError {
  return new RangeError('sketch is cut short or damaged');
}
