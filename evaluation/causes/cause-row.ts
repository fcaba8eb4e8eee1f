import * as v from 'valibot';

/** What one build is to do. */
export interface CauseTask {
  readonly mode: 'duet' | 'stored';
  /** Of the gate; `storedUrl` is where the runs to compare with are recorded, `windowFile` where they are kept. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Whether reasons are looked for where nothing failed. */
  readonly isForced: boolean;
}

const outcomeEntries = {
  verdict: v.string(),
  /** Endpoints that failed, worst first. */
  failed: v.array(v.string()),
  /** Those that were looked at. */
  endpoints: v.array(v.string()),
  attribution: v.array(
    v.object({
      endpoint: v.string(),
      cause: v.string(),
      strength: v.string(),
      share: v.number(),
      shareInterval: v.array(v.number()),
      operation: v.optional(v.string()),
      evidence: v.array(v.string()),
    }),
  ),
  dangers: v.array(v.string()),
  notes: v.array(v.string()),
  /** How long looking took. */
  inspectedS: v.number(),
};

const outcomeSchema = v.object(outcomeEntries);

export type CauseOutcome = v.InferOutput<typeof outcomeSchema>;

const rowSchema = v.object({
  /** Hash of the code that was evaluated. */
  code: v.string(),
  case: v.string(),
  mode: v.picklist(['duet', 'stored']),
  build: v.number(),
  ...outcomeEntries,
  finishedAt: v.string(),
});

/** One finished build: a line of the file of results. */
export type CauseRow = v.InferOutput<typeof rowSchema>;

export function parseCauseOutcome(json: string): CauseOutcome {
  return v.parse(v.pipe(v.string(), v.parseJson(), outcomeSchema), json);
}

export function parseCauseRows(text: string): CauseRow[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), rowSchema), line);
    return parsed.success ? [parsed.output] : [];
  });
}
