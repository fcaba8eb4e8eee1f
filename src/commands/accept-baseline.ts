import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { currentPerson } from '../adapters/git/current-commit.ts';
import { configError } from '../config/parse-config.ts';
import type { Problem } from '../config/problem.ts';
import { acceptRun, type SpokenAcceptance } from '../core/acceptance/accept-run.ts';
import { whyNotUntil } from '../core/acceptance/acceptance.ts';
import { isDate, readReason } from '../core/acceptance/decide-acceptance.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { acceptedTable } from '../core/report/model/tables.ts';
import { textsOf } from '../core/report/render/table-text.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { GateError } from '../errors.ts';
import type { BaselineStore } from '../ports.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { storeLocation } from '../wiring/store-location.ts';
import { findStoredRun } from './find-stored-run.ts';
import { printTable } from './print-table.ts';
import { type Slowdown, slowdownOfReport, slowdownOfStoredRun } from './slowdown-to-accept.ts';

/** Flags of `baseline accept`, as commander hands them over. */
export interface AcceptFlags {
  readonly baselineStore: string;
  readonly reason?: string;
  readonly until?: string;
  readonly by?: string;
}

/**
 * Takes the slowdown of a stored red run, or of a report, as the new level: the run is kept with who accepted how much and
 * why, as the label of a merged pull request leaves it. The same once more changes nothing.
 */
export async function acceptBaseline(
  target: string,
  flags: AcceptFlags,
  inputs: Record<string, string | undefined>,
): Promise<number> {
  const said = await readFlags(flags);
  const { name, thresholds, failOn } = await loadConfig({ inputs, needs: 'comparison' });
  const store = openBaselineStore(storeLocation(flags.baselineStore));
  const { records, warnings } = await store.list();
  for (const warning of warnings) process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  const slowdown = target.endsWith('.json')
    ? await slowdownOfReport(target, records)
    : slowdownOfStoredRun(findStoredRun(records, target), records, { name, thresholds, failOn }, said);
  const isStored = records.some(({ id }) => id === slowdown.record.id);
  const kept = await keep(store, slowdown, said, isStored);
  tell(store.label, kept, kept === slowdown.record);
  return 0;
}

/** Throws `GateError` CONFIG_INVALID with everything that is wrong with what was said. */
async function readFlags({ reason = '', until, by }: AcceptFlags): Promise<SpokenAcceptance> {
  const nowMs = Date.now();
  // As in a pull request's comment, so that the same words mean the same.
  const given = readReason(`tailgate accept: ${reason.replaceAll(/\s+/g, ' ')}`);
  const day = until ?? given?.until;
  const problems: Problem[] = [];
  if (given === undefined) {
    const got = reason === '' ? 'nothing' : JSON.stringify(reason);
    problems.push({
      where: '--reason',
      got,
      expected: 'why the slowdown is worth it',
      example: 'exports are streamed',
    });
  }
  const wrongDay = day === undefined ? undefined : isDate(day) ? whyNotUntil(day, nowMs) : 'not a day';
  if (wrongDay !== undefined) {
    const expected = `a day from today on, at most a year away, as YYYY-MM-DD (${wrongDay})`;
    problems.push({ where: '--until', got: JSON.stringify(day), expected });
  }
  if (given === undefined || problems.length > 0) throw configError(problems);
  const person = by?.trim() || process.env['GITHUB_ACTOR'] || (await currentPerson(process.cwd()));
  return { by: person, reason: given.reason, nowMs, ...(day !== undefined && { until: day }) };
}

/** The run as it lies in the store afterwards. A run that isn't stored yet is added first. */
async function keep(
  store: BaselineStore,
  { record, figures }: Slowdown,
  said: SpokenAcceptance,
  isStored: boolean,
): Promise<RunRecord> {
  let kept = record;
  const accept = (run: RunRecord): RunRecord => {
    kept = acceptRun(run, said, figures);
    return kept;
  };
  if (isStored && accept(record) === record) return record;
  if (store.revise === undefined) {
    const message = `what is stored in ${store.label} can't be changed`;
    throw new GateError('STORE_WRITE_FAILED', message, 'Name a store that may be written in --baseline-store.');
  }
  if (!isStored) await store.append(accept(record));
  // Of two at once, the second finds what the first one left.
  if ((await store.revise(record.id, accept)) === 'revised') return kept;
  const message = `run ${record.id} is no longer in ${store.label}: somebody removed it meanwhile`;
  throw new GateError('STORE_WRITE_FAILED', message, 'Nothing was accepted. Measure and record it again.');
}

function tell(label: string, { id, accepted }: RunRecord, isAsBefore: boolean): void {
  if (accepted === undefined) throw new TypeError('an accepted run says so');
  const { by, until, reason, figures } = accepted;
  const what = isAsBefore ? 'was accepted already, nothing was changed' : 'begins a new level';
  const who = toPlainLines(`accepted by ${by} until ${until}: ${reason}`);
  process.stdout.write(`Run ${toPlainLines(id)} in ${toPlainLines(label)} ${what}; ${who}\n\n`);
  printTable(textsOf(acceptedTable(figures)));
  process.stdout.write(
    'Until three runs are at this level, later ones are compared with those before it: the same slowdown passes as accepted, a further one fails.\n',
  );
}
