/**
 * Whole numbers as text: base-64 digits of five bits each, lowest first, the sixth bit telling that more follow (as
 * source maps do), so that small numbers are one character and gzip sees whole numbers.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digitOf = new Int8Array(128).fill(-1);
for (let digit = 0; digit < alphabet.length; digit++) digitOf[alphabet.charCodeAt(digit)] = digit;

/** Text and how far it has been read. */
export interface PackedReader {
  readonly text: string;
  position: number;
}

/** `value` must be a whole number of at least 0. */
export function packNumber(value: number): string {
  let text = '';
  let rest = value;
  while (rest >= 32) {
    text += alphabet[(rest % 32) + 32];
    rest = Math.floor(rest / 32);
  }
  return text + alphabet[rest];
}

/** The next number of `reader`. Throws `RangeError` where the text is cut short or has another character. */
export function unpackNumber(reader: PackedReader): number {
  const first = digitOf[reader.text.charCodeAt(reader.position)] ?? -1;
  if (first >= 0 && first < 32) {
    reader.position++;
    return first;
  }
  let value = 0;
  for (let scale = 1; ; scale *= 32) {
    const digit = digitOf[reader.text.charCodeAt(reader.position++)] ?? -1;
    if (digit < 0 || scale > Number.MAX_SAFE_INTEGER) throw new RangeError('sketch is cut short or damaged');
    value += (digit % 32) * scale;
    if (digit < 32) return value;
  }
}

/** Signed numbers as unsigned ones: 0, -1, 1, -2 … are 0, 1, 2, 3 … */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

/** Undoes `zigzag`. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
