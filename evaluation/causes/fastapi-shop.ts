import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { causes } from '../../src/core/attribution/cause.ts';
import type { CauseCase } from './cause-cases.ts';
import type { CauseRow } from './cause-row.ts';

/** Faults of the FastAPI shop by their numbers; what they are is sealed. */
export const fastapiCases: readonly CauseCase[] = Array.from({ length: 17 }, (_, i) => {
  const fault = `f${String(i + 1).padStart(2, '0')}`;
  return { id: fault, title: fault, truth: [], canKnow: true, change: { SHOP_FAULT: fault } };
});

const truthSchema = v.array(
  v.object({
    fault: v.string(),
    endpoints: v.array(v.string()),
    /** The first is the right one; others are true as well. */
    causes: v.pipe(v.array(v.picklist(causes)), v.minLength(1)),
    danger: v.boolean(),
  }),
);

type Truth = v.InferOutput<typeof truthSchema>[number];

/** What a look at the sealed truth gives: counts, so that no fault can be fitted to afterwards. */
export interface FastapiCounts {
  readonly code: string;
  /** Faults of which a look from outside can know the cause: the true one first. */
  readonly right: number;
  readonly knowable: number;
  /** The same of those that it can't. */
  readonly rightBesides: number;
  readonly besides: number;
  /** Causes that are called shown of any endpoint and aren't true. */
  readonly wronglyShown: number;
  readonly flagged: number;
  readonly dangerous: number;
  readonly wronglyFlagged: number;
  /** Faults of which no endpoint was called slow. */
  readonly passed: number;
}

/** Of these a look from outside knows nothing, by the table in `docs/why-slow.md`. */
const unknowable: ReadonlySet<string> = new Set(['cpu-work', 'serialization']);

/** Throws where `file` isn't the truth whose hash was committed with the shop. */
export async function countFastapi(
  file: string,
  sealedHash: string,
  rows: readonly CauseRow[],
): Promise<FastapiCounts> {
  const text = await readFile(file, 'utf8');
  const hash = createHash('sha256').update(text).digest('hex');
  if (!sealedHash.startsWith(hash)) throw new Error(`${file} is not the sealed truth: its SHA-256 is ${hash}`);
  const truths = v.parse(v.pipe(v.string(), v.parseJson(), truthSchema), text);
  const judged = truths.flatMap((truth) => {
    const row = rows.find((one) => one.case === truth.fault);
    return row === undefined ? [] : [judge(truth, row)];
  });
  const count = (holds: (one: (typeof judged)[number]) => boolean) => judged.filter(holds).length;
  return {
    code: rows[0]?.code ?? 'none',
    right: count((one) => one.isKnowable && one.isRight),
    knowable: count((one) => one.isKnowable),
    rightBesides: count((one) => !one.isKnowable && one.isSlow && one.isRight),
    besides: count((one) => !one.isKnowable && one.isSlow),
    wronglyShown: judged.reduce((sum, one) => sum + one.wronglyShown, 0),
    flagged: count((one) => one.isDangerous && one.isFlagged),
    dangerous: count((one) => one.isDangerous),
    wronglyFlagged: count((one) => !one.isDangerous && one.isFlagged),
    passed: count((one) => one.isSlow && one.isPassed),
  };
}

function judge({ endpoints, causes: [right, ...others], danger }: Truth, row: CauseRow) {
  const isSlow = endpoints.length > 0;
  const about = row.attribution.filter(({ endpoint }) => endpoints.includes(endpoint));
  // Of several endpoints the one that is told first, as readers see it.
  const said = about[0]?.cause;
  const isTrue = (cause: string) => cause === right || others.some((other) => other === cause);
  return {
    isSlow,
    isKnowable: isSlow && !unknowable.has(right ?? ''),
    isRight: said !== undefined && isTrue(said),
    wronglyShown: row.attribution.filter(({ cause, strength }) => strength === 'shown' && !isTrue(cause)).length,
    isDangerous: danger,
    isFlagged: row.dangers.length > 0,
    isPassed: row.failed.length === 0,
  };
}
