import { type Answer, refuse } from './route.ts';
import type { Token } from './tokens.ts';

interface Taken {
  readonly headers: Record<string, string>;
  /** Set when the budget is used up. */
  readonly refusal?: Answer;
}

/** The primary limit: so many calls an hour and token, told in every answer. */
export class RateLimiter {
  readonly #limit: number;
  readonly #resetS = Math.ceil(Date.now() / 1000) + 3600;
  readonly #used = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(token: Token, _method: string): Taken {
    const used = (this.#used.get(token.value) ?? 0) + 1;
    this.#used.set(token.value, used);
    const headers = {
      'x-ratelimit-limit': String(this.#limit),
      'x-ratelimit-remaining': String(Math.max(this.#limit - used, 0)),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(this.#resetS),
      'x-ratelimit-resource': 'core',
    };
    if (used <= this.#limit) return { headers };
    return { headers, refusal: refuse(403, 'API rate limit exceeded for installation ID 1.') };
  }
}
