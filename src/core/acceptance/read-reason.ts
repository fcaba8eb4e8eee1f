export interface Reason {
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
export function readReason(body: string): Reason | undefined {
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
