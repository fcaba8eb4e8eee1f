import { type Acceptance, usualLastDay, whyNotUntil } from './acceptance.ts';

/** What GitHub says now of a pull request; never the event's payload, which a re-run replays. */
export interface AcceptanceFacts {
  /** The configured label. */
  readonly label: string;
  readonly pullRequest: number;
  /** Names of the labels that it has now. */
  readonly labels: readonly string[];
  /** Labels set so far, in any order. */
  readonly labeled: readonly { readonly label: string; readonly by: string; readonly at: string }[];
  readonly comments: readonly { readonly by: string; readonly at: string; readonly body: string }[];
  /** Logins with write permission, as far as they were asked for. */
  readonly writers: ReadonlySet<string>;
  readonly nowMs: number;
}

export type AcceptanceDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'accepted'; readonly acceptance: Acceptance }
  /** The label is there, but it doesn't count. */
  | { readonly kind: 'ignored'; readonly why: string };

/**
 * Is the known regression accepted? Only by a label that is there now and a reason in a comment, each from somebody with
 * write permission. Neither alone counts: a label without a reason is what nobody can explain later.
 */
export function decideAcceptance(facts: AcceptanceFacts): AcceptanceDecision {
  const { label, writers, nowMs } = facts;
  if (!facts.labels.some((name) => isSame(name, label))) return { kind: 'none' };
  const set = lastLabeled(facts);
  if (set === undefined) return ignored(label, 'it is not known who set it');
  if (!writers.has(set.by)) return ignored(label, `${set.by}, who set it, has no write permission`);
  const reasons = reasonsOf(facts);
  const given = reasons.findLast(({ by }) => writers.has(by));
  if (given === undefined) {
    const strangers = [...new Set(reasons.map(({ by }) => by))];
    const but = strangers.length === 0 ? '' : `; ${strangers.slice(0, 3).join(', ')} gave one but may not write here`;
    return ignored(label, `nobody with write permission gave a reason in a comment (tailgate accept: REASON)${but}`);
  }
  const saidAt = [set.at, given.at].sort()[1] ?? set.at;
  const until = given.until ?? usualLastDay(Date.parse(saidAt));
  const whyNot = whyNotUntil(until, nowMs);
  if (whyNot !== undefined) return ignored(label, whyNot);
  const { reason, by: reasonBy } = given;
  const acceptance = { by: set.by, reasonBy, reason, label, labeledAt: set.at, until, pullRequest: facts.pullRequest };
  return { kind: 'accepted', acceptance };
}

/** The logins whose permission matters, each once: who set the label last, and whoever gave a reason (newest first). */
export function loginsToAsk(facts: Omit<AcceptanceFacts, 'writers' | 'nowMs'>): string[] {
  const set = lastLabeled(facts);
  if (set === undefined) return [];
  const reasons = reasonsOf(facts).map(({ by }) => by);
  return [...new Set([set.by, ...reasons.reverse()])].slice(0, maxLogins);
}

/** Anybody may comment, and every login costs a request. */
const maxLogins = 8;

function lastLabeled({ labeled, label }: Pick<AcceptanceFacts, 'labeled' | 'label'>) {
  return labeled
    .filter((event) => isSame(event.label, label))
    .toSorted(byTime)
    .at(-1);
}

function reasonsOf({ comments }: Pick<AcceptanceFacts, 'comments'>) {
  return comments.toSorted(byTime).flatMap(({ by, at, body }) => {
    const reason = readReason(body);
    return reason === undefined ? [] : [{ by, at, ...reason }];
  });
}

function ignored(label: string, why: string): AcceptanceDecision {
  return { kind: 'ignored', why: `the label ${label} doesn't count: ${why}` };
}

/** Label names differ by more than case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function byTime(a: { readonly at: string }, b: { readonly at: string }): number {
  return Date.parse(a.at) - Date.parse(b.at);
}

export interface AcceptanceReason {
  readonly reason: string;
  /** Last day on which it counts, ISO date; absent: not said. */
  readonly until?: string;
}

/** Longer reasons are cut: the report shows them in one sentence. */
const longestReason = 300;

/**
 * The reason in a comment's text: what follows `tailgate accept:` at the beginning of a line (not in a quote), with an
 * optional `until YYYY-MM-DD` at its end. Undefined without a reason.
 */
export function readReason(body: string): AcceptanceReason | undefined {
  const [, text = ''] = /^[ \t]*tailgate accept:[ \t]*(.+?)[ \t]*$/im.exec(body.replaceAll('\r', '')) ?? [];
  const [, before, until] = /^(.*?)[\s,;(]*\buntil (\d{4}-\d{2}-\d{2})[).\s]*$/i.exec(text) ?? [];
  const reason = (before ?? text).trim().slice(0, longestReason);
  if (reason === '') return undefined;
  return { reason, ...(until !== undefined && isDate(until) && { until }) };
}

/** Is `text` a day that there is, as `YYYY-MM-DD`? */
export function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
