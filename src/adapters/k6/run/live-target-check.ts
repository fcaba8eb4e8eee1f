import type { RequestSample } from '../../../core/run-record/sample.ts';
import type { Address } from '../../target/target-host.ts';
import { judgeCalls, type RecordedCall, type TargetUse } from '../script/recorded-calls.ts';

/** Requests looked at before the check stops listening. */
const mostCalls = 2_000;

/**
 * Where do the first measured requests go? Takes the place of the dry pass where that proved nothing. A request that the
 * script gave a name doesn't tell its address any more, so with such requests alone the answer stays `unknown`.
 */
export class LiveTargetCheck {
  readonly #calls: RecordedCall[] = [];
  #unnamed = 0;
  #silent = 0;
  readonly #target: Address;

  constructor(target: Address) {
    this.#target = target;
  }

  note(sample: RequestSample): void {
    if (this.#calls.length >= mostCalls) return;
    if (sample.protocol === 'http' && /^https?:\/\/[^$]/i.test(sample.name)) {
      this.#unnamed += 1;
      this.#calls.push({ protocol: 'http', address: sample.name });
    } else {
      this.#silent += 1;
    }
  }

  /** Any request seen yet? */
  get hasBegun(): boolean {
    return this.#unnamed + this.#silent > 0;
  }

  result(): TargetUse {
    const silent = this.#silent > 0 ? 'its requests carry names in place of addresses' : undefined;
    return judgeCalls(this.#calls, this.#target, silent);
  }
}
