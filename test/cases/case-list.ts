/** A kind of input that people really have and that once failed, and the test that shows it cured. */
export interface Case {
  /** What people have, as they would say it. */
  readonly kind: string;
  /** What is right there. */
  readonly right: string;
  /** The test file, and the beginning of the sentence of a test in it. */
  readonly test: string;
  readonly sentence: string;
}

/** By what they are about; a kind with several tests has several rows. */
export const cases: readonly Case[] = [];
