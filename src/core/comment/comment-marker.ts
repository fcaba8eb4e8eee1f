import * as v from 'valibot';
import type { AcceptedLevel } from '../acceptance/acceptance.ts';
import { subjectSchema } from '../run-record/subject.ts';

/** What our comment says of itself in its first line, for the runs that come after; invisible to readers. */
export interface CommentMarker {
  /** What the gate is called: one comment per name. */
  readonly name: string;
  /** The commit that the comment is about. */
  readonly head: string;
  readonly runId: string;
  readonly attempt: number;
  /** When measuring what is told began, ISO 8601 in UTC: orders two runs of one commit. */
  readonly startedAt: string;
  /** Whether the verdict made the build red. */
  readonly outcome: 'passed' | 'failed';
  /** What was accepted on this pull request and when the label was set, so that a later push can't grow it unseen. */
  readonly accepted?: AcceptedLevel;
}

const prefix = '<!-- tailgate ';
const suffix = ' -->';

/** More figures than this would push the report out of the comment. */
const maxFigures = 60;

const markerSchema = v.object({
  name: v.string(),
  head: v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/)),
  runId: v.pipe(v.string(), v.regex(/^\d{1,18}$/)),
  attempt: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  outcome: v.picklist(['passed', 'failed']),
  accepted: v.exactOptional(
    v.object({
      labeledAt: v.string(),
      figures: v.array(
        v.object({ subject: subjectSchema, metric: v.string(), relativeChange: v.pipe(v.number(), v.finite()) }),
      ),
    }),
  ),
});

/** One line of HTML comment; nothing in it can end the comment early. */
export function writeMarker(marker: CommentMarker): string {
  const { accepted } = marker;
  const kept = accepted && { accepted: { ...accepted, figures: accepted.figures.slice(0, maxFigures) } };
  const json = JSON.stringify({ ...marker, ...kept }).replaceAll(
    /[-<>\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${prefix}${json}${suffix}`;
}

/** The marker in the first line of a comment; undefined for a comment that isn't one of ours. Never throws. */
export function readMarker(body: string): CommentMarker | undefined {
  const [first = ''] = body.split(/\r?\n/, 1);
  if (!first.startsWith(prefix) || !first.endsWith(suffix)) return undefined;
  try {
    const parsed = v.safeParse(markerSchema, JSON.parse(first.slice(prefix.length, -suffix.length)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `a` speaks of a later state than `b`: later attempt of one run, later start on one commit, otherwise later run. */
export function isNewer(a: CommentMarker, b: CommentMarker): boolean {
  if (a.runId === b.runId) return a.attempt > b.attempt;
  if (a.head === b.head && a.startedAt !== b.startedAt) return a.startedAt > b.startedAt;
  // Run ids grow with time; as texts they compare by length first.
  return a.runId.length === b.runId.length ? a.runId > b.runId : a.runId.length > b.runId.length;
}
