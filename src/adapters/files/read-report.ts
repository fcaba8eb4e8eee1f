import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { type Subject, subjectOfLabel, subjectSchema } from '../../core/run-record/subject.ts';
import { GateError } from '../../errors.ts';

/** Of a `report.json`: what it came to, and every metric's change. */
export interface ReadReport {
  readonly verdict: string;
  readonly headline: string;
  /** Id of the run that was judged; absent where nothing was measured. */
  readonly candidate?: string;
  readonly rows: readonly {
    readonly subject: Subject;
    readonly metric: string;
    readonly verdict: string;
    /** `point` is 0 where the change has no end. */
    readonly relativeChange?: { readonly point: number };
  }[];
}

const figures = {
  metric: v.string(),
  verdict: v.string(),
  relativeChange: v.exactOptional(
    v.object({
      point: v.pipe(
        v.nullable(v.number()),
        v.transform((point) => point ?? 0),
      ),
    }),
  ),
};

const shared = {
  verdict: v.string(),
  headline: v.string(),
  candidate: v.exactOptional(v.object({ id: v.string() })),
};

const schema = v.variant('schema', [
  v.object({
    schema: v.literal('tailgate.report/2'),
    ...shared,
    comparisons: v.array(v.object({ ...figures, subject: subjectSchema })),
  }),
  v.object({
    schema: v.literal('tailgate.report/1'),
    ...shared,
    comparisons: v.array(
      v.pipe(
        v.object({ ...figures, endpoint: v.string() }),
        v.transform(({ endpoint: label, ...row }) => ({ ...row, subject: subjectOfLabel(label, row.metric) })),
      ),
    ),
  }),
]);

const runRecord = v.object({ schema: v.picklist(['tailgate.run/1', 'tailgate.run/2']) });

/** Reads a report that Tailgate wrote. Throws `GateError` INPUT_UNREADABLE for whatever isn't one. */
export async function readReport(path: string): Promise<ReadReport> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw unreadableReport(path, (cause as Error).message.slice(0, 200), cause);
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success && v.is(runRecord, json)) {
    throw new GateError(
      'INPUT_UNREADABLE',
      `${JSON.stringify(path)} is a run record, not a report`,
      'Give the report.json beside it; `tailgate compare` takes run records.',
    );
  }
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw unreadableReport(path, `${v.getDotPath(issue) ?? 'it'}: ${issue.message.slice(0, 200)}`);
  }
  const { verdict, headline, candidate, comparisons: rows } = parsed.output;
  return { verdict, headline, ...(candidate && { candidate: candidate.id }), rows };
}

function unreadableReport(path: string, why: string, cause?: unknown): GateError {
  return new GateError(
    'INPUT_UNREADABLE',
    `${JSON.stringify(path)} can't be read as a report: ${why}`,
    'Give the report.json that tailgate wrote into report-dir.',
    cause,
  );
}
