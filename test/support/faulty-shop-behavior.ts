/** How the front door of a faulty shop behaves; every part may be changed while load runs. */
export interface ShopBehavior {
  readonly answers: ShopAnswers;
  /** What each answer's `x-version` header and `GET /version` say. */
  readonly version: string;
  /** Share (0..1) of a core that the shop gets: at 0.5 it stands still for as long as it has worked. */
  readonly cpuShare: number;
  /** Spaces after each JSON answer, as if the data had grown by so much. */
  readonly addedBytes: number;
}

export type ShopAnswers =
  /** The demo shop's own. */
  | { readonly kind: 'shop' }
  /** This status instead, for this share (0..1, default 1) of requests. */
  | { readonly kind: 'status'; readonly status: number; readonly share?: number }
  /** Every request is sent on to `GET /login` by a 302; that page answers 200 with a form. */
  | { readonly kind: 'redirect-to-login' }
  /** Every request is answered by the login page itself, with status 200. */
  | { readonly kind: 'login-page' };

export const soundBehavior: ShopBehavior = { answers: { kind: 'shop' }, version: '1', cpuShare: 1, addedBytes: 0 };

export const loginPage = '<!doctype html><title>Sign in</title><form method="post"><input name="password"></form>';

/** From the test to the shop's process. */
export type ShopOrder =
  | { readonly id: number; readonly kind: 'behave'; readonly change: Partial<ShopBehavior> }
  /** Answered when so many more requests have come. */
  | { readonly id: number; readonly kind: 'wait-for-requests'; readonly requests: number };

/** From the shop's process to the test: the order is carried out. */
export interface ShopReply {
  readonly id: number;
  /** Requests since the start. */
  readonly requests: number;
}
