/** Why nothing comparable was measured. */
export type InvalidReason =
  | 'k6-could-not-run'
  | 'k6-aborted'
  | 'script-throws'
  | 'no-requests'
  | 'target-not-used'
  | 'target-not-ready'
  | 'target-gone'
  | 'throttled'
  | 'bot-challenge'
  | 'generator-saturated'
  | 'cut-short'
  | 'job-missing'
  | 'baseline-side-dead'
  | 'both-overloaded'
  | 'target-changed'
  | 'script-changed'
  | 'hook-failed';

/** Whether a run is fit to be judged. `all-failed` is a verdict on the target, the other refusals are about the measuring. */
export type Validity =
  | {
      readonly kind: 'valid';
      readonly warnings: readonly string[];
      /** Of a pair: what made its sides unlike while they were measured. A failure still is one; a pass is none. */
      readonly unlike?: string;
    }
  | { readonly kind: 'invalid'; readonly reason: InvalidReason; readonly detail: string; readonly hint: string }
  | { readonly kind: 'all-failed'; readonly detail: string };

/** Why a run isn't judged. */
export type Refusal = Exclude<Validity, { kind: 'valid' }>;
