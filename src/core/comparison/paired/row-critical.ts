import { SequentialMaxTest } from '../../stats/sequential-max-test.ts';
import type { SignVectors } from '../../stats/sign-vectors.ts';

/**
 * Critical value of one column by itself, of the same spending function as the joint test. Standardised sums of flipped
 * differences are distributed nearly alike whatever the differences, and less widely where a few large ones rule, so one
 * column of normal scores stands for all. Worked out when first asked for: most looks never need it.
 */
export class RowCritical {
  readonly #test: SequentialMaxTest;
  readonly #normalScores: Float64Array;
  readonly #looks: { readonly pairs: number; readonly spent: number }[] = [];
  readonly #criticals: number[] = [];

  /** `normalScores`: one standard normal value per planned pair. */
  constructor(vectors: SignVectors, normalScores: Float64Array) {
    this.#test = new SequentialMaxTest(vectors);
    this.#normalScores = normalScores;
  }

  /** Notes a look at `pairs` pairs, `spent` being the alpha used up by then; returns its critical value when called. */
  look(pairs: number, spent: number): () => number {
    const index = this.#looks.push({ pairs, spent }) - 1;
    return () => {
      while (this.#criticals.length <= index) {
        const next = this.#looks[this.#criticals.length] as { pairs: number; spent: number };
        const scores = this.#normalScores.subarray(0, next.pairs);
        this.#criticals.push(this.#test.look([scores], next.spent).critical);
      }
      return this.#criticals[index] as number;
    };
  }
}
