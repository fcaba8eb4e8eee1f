/** Reading of numbers and times straight from the bytes of k6's output, without making strings. */

const zero = 48;
const dot = 46;

/** Where the last `readNumber` or `readTime` stopped: the first byte after it. -1 when it couldn't read. */
export interface Cursor {
  position: number;
}

/**
 * A plain decimal (`12.345`), exactly as `Number` would read it. Sets the cursor to -1 for anything else (sign, exponent,
 * more than 15 digits): the caller falls back to a full parse.
 */
export function readNumber(bytes: Uint8Array, start: number, cursor: Cursor): number {
  let mantissa = 0;
  let digits = 0;
  let decimals = -1;
  let position = start;
  for (; ; position++) {
    const byte = bytes[position] as number;
    if (byte >= zero && byte <= zero + 9) {
      mantissa = mantissa * 10 + (byte - zero);
      digits++;
      if (decimals >= 0) decimals++;
    } else if (byte === dot && decimals < 0) decimals = 0;
    else break;
  }
  const isPlain = digits > 0 && digits <= 15 && bytes[position] === comma;
  cursor.position = isPlain ? position : -1;
  return decimals > 0 ? mantissa / (powersOfTen[decimals] as number) : mantissa;
}

const comma = 44;
const quote = 34;
const dash = 45;
const letterT = 84;
const letterZ = 90;

/** Powers that doubles hold exactly, so that one division rounds as the decimal itself would. */
const powersOfTen = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/**
 * A UTC time as Go writes it (`2026-11-25T01:21:26.907751604Z"`), in Unix ms. Sets the cursor to -1 for anything else,
 * such as another time zone.
 */
export function readTime(bytes: Uint8Array, start: number, cursor: Cursor): number {
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const days = daysSinceEpoch(year, two(bytes, start + 5), two(bytes, start + 8));
  const minutes = two(bytes, start + 11) * 60 + two(bytes, start + 14);
  let ms = ((days * 1440 + minutes) * 60 + two(bytes, start + 17)) * 1000;
  let position = start + 19;
  if (bytes[position] === dot) {
    position++;
    let fraction = 0;
    let scale = 1000;
    for (let byte = bytes[position] as number; byte >= zero && byte <= zero + 9; byte = bytes[++position] as number) {
      fraction = fraction * 10 + (byte - zero);
      scale /= 10;
    }
    ms += fraction * scale;
  }
  const isDate = bytes[start + 4] === dash && bytes[start + 7] === dash && bytes[start + 10] === letterT;
  const isUtc = isDate && bytes[position] === letterZ && bytes[position + 1] === quote;
  cursor.position = isUtc ? position + 1 : -1;
  return ms;
}

/** The same for any RFC 3339 text, with fractions below a millisecond; NaN when it isn't one. */
export function parseTime(text: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/u.exec(text);
  if (match === null) return Number.NaN;
  return Date.parse(`${match[1]}${match[3]}`) + Number(match[2] ?? 0) * 1000;
}

/** Unix time in seconds, ms, us or ns, told apart by size: all of them lie between 1973 and 5138. */
export function unixMs(time: number): number {
  if (time < 1e11) return time * 1000;
  if (time < 1e14) return time;
  return time < 1e17 ? time / 1e3 : time / 1e6;
}

function two(bytes: Uint8Array, position: number): number {
  return (bytes[position] as number) * 10 + (bytes[position + 1] as number) - zero * 11;
}

/** Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil; for years from 1 on. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** Whether `bytes` hold `text` at `start`. */
export function hasText(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

/** How many texts are remembered before the cache starts anew; distinct texts must not cost memory for ever. */
const maxTexts = 8192;

/** Remembers a value per byte text, looked up without making a string. Hash table with linear probing. */
export class ByteTextCache<T> {
  readonly #slots: ({ readonly hash: number; readonly text: Buffer; readonly value: T } | undefined)[];
  readonly #create: (text: Buffer) => T;
  #size = 0;

  /** `create` makes the value of a text seen for the first time; what it throws is passed on. */
  constructor(create: (text: Buffer) => T) {
    this.#create = create;
    this.#slots = new Array(maxTexts * 2).fill(undefined);
  }

  /** The value of `bytes[start, end)`; `view` is over the same bytes. */
  get(bytes: Buffer, view: DataView, start: number, end: number): T {
    const hash = hashBytes(view, start, end);
    let slot = hash & (maxTexts * 2 - 1);
    for (let known = this.#slots[slot]; known !== undefined; known = this.#slots[slot]) {
      if (known.hash === hash && known.text.compare(bytes, start, end) === 0) return known.value;
      slot = (slot + 1) & (maxTexts * 2 - 1);
    }
    const text = Buffer.from(bytes.subarray(start, end));
    const value = this.#create(text);
    if (this.#size >= maxTexts) {
      this.#slots.fill(undefined);
      this.#size = 0;
      slot = hash & (maxTexts * 2 - 1);
    }
    this.#size++;
    this.#slots[slot] = { hash, text, value };
    return value;
  }
}

/** Four bytes at a time, mixed as in MurmurHash3 (Appleby). */
function hashBytes(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let position = start;
  for (; position + 4 <= end; position += 4) {
    hash = Math.imul(hash ^ view.getInt32(position, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; position < end; position++) hash = Math.imul(hash ^ view.getUint8(position), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
