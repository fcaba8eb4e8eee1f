import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { readReport } from '../adapters/files/read-report.ts';
import { reportPaths } from '../adapters/files/report-files.ts';
import { currentPerson } from '../adapters/git/current-commit.ts';
import { readRunOrK6File } from '../adapters/k6/output/read-k6-file.ts';
import { configError } from '../config/parse-config.ts';
import type { Problem } from '../config/problem.ts';
import {
  acceptedBefore,
  acceptRun,
  recordedAs,
  type SpokenAcceptance,
  whyNotAcceptable,
} from '../core/acceptance/accept-run.ts';
import { whyNotUntil } from '../core/acceptance/acceptance.ts';
import { applyAtMerge, figuresOf } from '../core/acceptance/apply-acceptance.ts';
import { isDate, readReason } from '../core/acceptance/decide-acceptance.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { acceptedTable } from '../core/report/model/tables.ts';
import { textsOf } from '../core/report/render/table-text.ts';
import type { AcceptedFigure, RunRecord } from '../core/run-record/run-record.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import { GateError } from '../errors.ts';
import { type JudgingPlan, judgeRuns } from '../gate/judge.ts';
import type { BaselineStore } from '../ports.ts';
import { tailgateCommand } from '../printed-command.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { type AskedStore, askedStore, type StoreFlags } from './asked-store.ts';
import { findStoredRun, printTable } from './baseline.ts';
import { requireFiles } from './require-files.ts';

/** Flags of `baseline accept`, as commander hands them over. */
export interface AcceptFlags extends StoreFlags {
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
  const asked = await askedStore(flags);
  const { store } = asked;
  const { records, warnings } = await store.list();
  for (const warning of warnings) process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  const slowdown = target.endsWith('.json')
    ? await slowdownOfReport(target, records, asked)
    : slowdownOfStoredRun(await findStoredRun(asked, target), records, { name, thresholds, failOn }, said, asked);
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

/** A run that is slower than the ones before it, and by how much. */
export interface Slowdown {
  readonly record: RunRecord;
  readonly figures: readonly AcceptedFigure[];
}

/**
 * How much slower a stored red run is than the runs before it: judged once more as when it was recorded, since it keeps its
 * latencies and no verdict. Throws `GateError` NOTHING_TO_ACCEPT where that finds nothing.
 */
function slowdownOfStoredRun(
  record: RunRecord,
  stored: readonly RunRecord[],
  plan: JudgingPlan,
  said: SpokenAcceptance,
  asked: AskedStore,
): Slowdown {
  const standing = acceptedBefore(record);
  if (standing !== undefined) return { record, figures: standing.figures };
  refuseUnacceptable(record, stored, asked);
  const { quarantined, ...measured } = record;
  const { decided } = judgeRuns(
    { ...plan, mode: 'record' },
    {
      record: measured,
      validity: judgeValidity(measured, { targetWasReady: true }),
      stored: stored.filter(({ startedAt }) => startedAt < record.startedAt),
      warnings: [],
    },
  );
  const { figures } = applyAtMerge(decided, recordedAs(said), []).recorded;
  if (figures.length > 0) return { record, figures };
  throw nothingToAccept(
    `of run ${record.id}, quarantined as ${JSON.stringify(quarantined?.reason ?? '')}, these margins find no regression against the runs before it: ${decided.verdict.detail}`,
    'Give the margins that it was judged with (--max-p95-increase and the like, or --config).',
  );
}

/**
 * The slowdown that a report tells of, and the run that it was measured with, whose record lies beside it. Throws
 * `GateError` where there is no such run or the report found nothing worse.
 */
async function slowdownOfReport(path: string, stored: readonly RunRecord[], asked: AskedStore): Promise<Slowdown> {
  await requireFiles({ 'tailgate baseline accept': [path] });
  const { verdict, headline, candidate, rows } = await readReport(path);
  const figures = verdict === 'fail' ? figuresOf(rows) : [];
  if (candidate === undefined || figures.length === 0) {
    throw nothingToAccept(
      `${JSON.stringify(path)} tells of no regression: ${headline}`,
      'Only a run that failed because something got worse can be accepted.',
    );
  }
  const known = stored.find(({ id }) => id === candidate);
  const record = known ?? (await runBeside(path, candidate));
  const standing = acceptedBefore(record);
  if (standing !== undefined) return { record, figures: standing.figures };
  refuseUnacceptable(record, stored, asked);
  return { record, figures };
}

async function runBeside(path: string, id: string): Promise<RunRecord> {
  const { runRecord } = reportPaths(dirname(path));
  const hint = 'Give the report.json in the folder that its job wrote; of a matrix that of each slow job.';
  if (!existsSync(runRecord)) {
    const message = `the run of ${JSON.stringify(path)} is neither stored nor beside it as ${JSON.stringify(runRecord)}`;
    throw new GateError('INPUT_UNREADABLE', message, hint);
  }
  const record = await readRunOrK6File(runRecord);
  if (record.id === id) return record;
  const message = `${JSON.stringify(path)} is about run ${id}, and ${JSON.stringify(runRecord)} beside it is run ${record.id}`;
  throw new GateError('INPUT_UNREADABLE', message, hint);
}

function refuseUnacceptable(record: RunRecord, stored: readonly RunRecord[], { flags }: AskedStore): void {
  const whyNot = whyNotAcceptable(record, stored);
  if (whyNot === undefined) return;
  const message = `run ${record.id} can't begin a new level: ${whyNot.why}`;
  if (whyNot.next === 'measure')
    throw nothingToAccept(
      message,
      'Measure what is to be accepted with `tailgate record` or `tailgate run`, and accept that.',
    );
  const list = tailgateCommand('baseline list', flags);
  throw new GateError('NOTHING_TO_ACCEPT', message, 'This shows which runs are quarantined:', undefined, list);
}

function nothingToAccept(message: string, hint: string): GateError {
  return new GateError('NOTHING_TO_ACCEPT', message, hint);
}
