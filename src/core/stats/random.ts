/** A source of randomness that the caller seeds, so that the same input gives the same result on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/**
 * A small, fast generator (sfc32: 128 bits of state, period at least 2^32) seeded by a number or text.
 *
 * Source: Doty-Humphrey, PractRand, generator sfc32; the seed is spread by the FNV-1a hash.
 */
export function seededRandom(seed: number | string): Random {
  let a = 0x9e3779b9;
  let b = hash(String(seed));
  let c = hash(`${seed}/`);
  let counter = 1;
  const next = (): number => {
    const result = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return (result >>> 0) / 4294967296;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return { next };
}

/** Uniform integer in [0, `bound`). */
export function randomInteger(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/** Standard normal variate (Box and Muller 1958). */
export function randomNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
