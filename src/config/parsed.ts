/** Outcome of reading one raw text: the typed value, or what a right one looks like. */
export type Parsed<T> =
  | { readonly isValid: true; readonly value: T }
  | {
      readonly isValid: false;
      readonly expected: string;
      /** The part of the text that is wrong, when it is not the whole. */
      readonly got?: string;
    };

export function valid<T>(value: T): Parsed<T> {
  return { isValid: true, value };
}

export function invalid(expected: string, got?: string): Parsed<never> {
  return got === undefined ? { isValid: false, expected } : { isValid: false, expected, got };
}

/** Reads every item with `parse`; the first wrong one is the outcome. */
export function parseEach<T>(items: readonly string[], parse: (item: string) => Parsed<T>): Parsed<T[]> {
  const values: T[] = [];
  for (const item of items) {
    const parsed = parse(item);
    if (!parsed.isValid) return invalid(parsed.expected, parsed.got ?? item);
    values.push(parsed.value);
  }
  return valid(values);
}
