/** How many texts are remembered before the cache starts anew; distinct texts must not cost memory for ever. */
const mostTexts = 8192;

/** Remembers a value per byte text, looked up without making a string. Hash table with linear probing. */
export class ByteTextCache<T> {
  readonly #slots: ({ readonly hash: number; readonly text: Buffer; readonly value: T } | undefined)[];
  readonly #create: (text: Buffer) => T;
  #size = 0;

  /** `create` makes the value of a text seen for the first time; what it throws is passed on. */
  constructor(create: (text: Buffer) => T) {
    this.#create = create;
    this.#slots = new Array(mostTexts * 2).fill(undefined);
  }

  /** The value of `bytes[start, end)`; `view` is over the same bytes. */
  get(bytes: Buffer, view: DataView, start: number, end: number): T {
    const hash = hashBytes(view, start, end);
    let slot = hash & (mostTexts * 2 - 1);
    for (let known = this.#slots[slot]; known !== undefined; known = this.#slots[slot]) {
      if (known.hash === hash && known.text.compare(bytes, start, end) === 0) return known.value;
      slot = (slot + 1) & (mostTexts * 2 - 1);
    }
    const text = Buffer.from(bytes.subarray(start, end));
    const value = this.#create(text);
    if (this.#size >= mostTexts) {
      this.#slots.fill(undefined);
      this.#size = 0;
      slot = hash & (mostTexts * 2 - 1);
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
