import { labelTogether } from '../run-record/endpoint-identity.ts';
import {
  acceptedWhere,
  byStart,
  type Fingerprint,
  latenciesOf,
  type RecordedAcceptance,
  type RunRecord,
} from '../run-record/run-record.ts';
import { quantileMs } from '../sketch/latency-sketch.ts';
import { changePoints } from '../stats/change-point.ts';
import { mean } from '../stats/sample-moments.ts';

export interface WindowOptions {
  /** Most runs in a window; 30 unless given. More than this narrows nothing and reaches far into the past. */
  readonly maxRuns?: number;
}

export interface ExcludedRun {
  readonly id: string;
  /** One clause, such as `quarantined: 40 % slower than the runs before` or `hard key load: 50/s, candidate 80/s`. */
  readonly reason: string;
}

export interface Window {
  /** Oldest first. With fewer than three there is no baseline yet. */
  readonly window: readonly RunRecord[];
  readonly excluded: readonly ExcludedRun[];
  readonly warnings: readonly string[];
  /** The window is from before this accepted slowdown. */
  readonly accepted?: RecordedAcceptance;
}

/** Level changes of the window are believed at this p-value, with at least five runs on either side. */
export const levelChange = { maxP: 0.001, minSegment: 5, minRelativeChange: 0.05 };

/**
 * Which stored runs is `candidate` compared with? Green runs whose hard fingerprint keys match (an unknown key matches),
 * the newest `maxRuns` of them, and of these only the ones since the last lasting change of level. Quarantined runs stay
 * outside, unless three or more in a row agree: then the window starts anew with them.
 */
export function selectWindow(records: readonly RunRecord[], candidate: RunRecord, options: WindowOptions = {}): Window {
  const excluded: ExcludedRun[] = [];
  const comparable: RunRecord[] = [];
  const seen = new Set<string>();
  for (const record of [...records].sort(byStart)) {
    const content = contentOf(record);
    const isKnown = seen.has(record.id) || seen.has(content);
    const reason = isKnown ? 'the same run once more' : reasonAgainst(record, candidate);
    seen.add(record.id).add(content);
    if (reason === undefined) comparable.push(record);
    else excluded.push({ id: record.id, reason });
  }
  const level = findNewLevel(labelTogether(comparable));
  const usable: RunRecord[] = [];
  for (const [i, record] of comparable.entries()) {
    const isOfNewLevel = level !== undefined && i >= level.from && i <= level.to;
    if (level !== undefined && i < level.from) excluded.push({ id: record.id, reason: 'before the new level' });
    else if (record.quarantined === undefined || isOfNewLevel) usable.push(record);
    else excluded.push({ id: record.id, reason: `quarantined: ${record.quarantined.reason}` });
  }
  const atLevel = splitAtAcceptance(usable, candidate.startedAt.slice(0, 10));
  excluded.push(...atLevel.excluded);
  const newest = atLevel.usable.slice(-(options.maxRuns ?? 30));
  for (const record of atLevel.usable.slice(0, atLevel.usable.length - newest.length)) {
    excluded.push({ id: record.id, reason: 'older than the newest runs that fit the window' });
  }
  const from = startOfLevel(labelTogether(newest));
  for (const record of newest.slice(0, from))
    excluded.push({ id: record.id, reason: 'before the last change of level' });
  const window = newest.slice(from);
  const warnings = [...atLevel.warnings, ...warningsAbout(window, candidate)];
  if (level !== undefined && window.some((record) => record.id === comparable[level.to]?.id)) {
    const percent = Math.round(level.relativeChange * 100);
    warnings.unshift(
      `${level.to - level.from + 1} red runs in a row agreed, so the baseline starts anew at their level (${percent > 0 ? '+' : ''}${percent} % over all endpoints)`,
    );
  }
  return { window, excluded, warnings, ...(atLevel.accepted && { accepted: atLevel.accepted }) };
}

/** Equal for copies of one run under several names: they would pass for runs that agree. */
function contentOf({ startedAt, endpoints }: RunRecord): string {
  const figures = endpoints.map(({ method, name, scenario, script, blocks }) => [
    ...[method, name, scenario, script],
    ...blocks.flatMap(({ index, latency, failedRequests }) => [index, latency.count, latency.sum, failedRequests]),
  ]);
  return `content ${startedAt} ${JSON.stringify(figures)}`;
}

/** Why a stored run can't be compared with `candidate` at all; undefined where it can. */
export function reasonAgainst(record: RunRecord, candidate: RunRecord): string | undefined {
  if (record.id === candidate.id) return 'the candidate itself';
  if (record.provenance.pair !== undefined) return 'measured beside another run';
  if (record.exit.class !== 'ran') return `k6 did not finish: ${record.exit.class}`;
  const key = differingHardKey(record.fingerprint, candidate.fingerprint);
  if (key === undefined) return undefined;
  return `${hardKeyNames[key]} is ${record.fingerprint.hard[key]}, of this run ${candidate.fingerprint.hard[key]}`;
}

type HardKey = keyof Fingerprint['hard'];

/** As people read them. */
const hardKeyNames: Readonly<Record<HardKey, string>> = {
  name: 'its name',
  environment: 'its environment',
  load: 'its load',
  outputMode: "how k6's samples were read",
  k6Major: 'its major version of k6',
};
const hardKeys = Object.keys(hardKeyNames) as readonly HardKey[];

const optionalKeys: ReadonlySet<HardKey> = new Set(['name', 'environment']);

/** The first hard key that both know and that differs. */
function differingHardKey(a: Fingerprint, b: Fingerprint): HardKey | undefined {
  return hardKeys.find((key) => a.hard[key] !== undefined && b.hard[key] !== undefined && a.hard[key] !== b.hard[key]);
}

type SoftKey = keyof Fingerprint['soft'];

const softKeyNames: Readonly<Record<SoftKey, string>> = {
  k6Version: 'the version of k6',
  scriptHash: 'the script',
  cpu: 'the processor',
  cores: 'the number of cores',
  image: 'the runner image',
  region: 'the region',
};
const softKeys = Object.keys(softKeyNames) as readonly SoftKey[];

function warningsAbout(window: readonly RunRecord[], candidate: RunRecord): string[] {
  const warnings: string[] = [];
  const all = [...window, candidate];
  const knows = (key: HardKey) => (record: RunRecord) => record.fingerprint.hard[key] !== undefined;
  // Nobody has to label an environment or a name; raw k6 files know neither.
  const unknown = hardKeys.filter((key) => !all.every(knows(key)) && (!optionalKeys.has(key) || all.some(knows(key))));
  if (window.length > 0 && unknown.length > 0) {
    const names = unknown.map((key) => hardKeyNames[key]).join(', ');
    warnings.push(`not every run says ${names}; unknown values were taken as equal`);
  }
  const deployment = soleDeployment(window);
  if (deployment !== undefined && deployment !== candidate.provenance.deployment) {
    warnings.push(
      `all baseline runs were made on one deployment (${deployment}), which is not known to be that of this run: how far deployments differ is not known, so a difference of theirs may look like a slowdown`,
    );
  }
  for (const key of softKeys) {
    const value = candidate.fingerprint.soft[key];
    const others = new Set(
      window.map((record) => record.fingerprint.soft[key]).filter((other) => other !== undefined && other !== value),
    );
    if (value !== undefined && others.size > 0) {
      warnings.push(`${softKeyNames[key]} differs: this run ${value}, baseline runs ${[...others].sort().join(', ')}`);
    }
  }
  return warnings;
}

/** The deployment that all runs of a window are known to share; undefined where there is none. */
function soleDeployment(window: readonly RunRecord[]): string | undefined {
  const deployments = new Set(window.map((record) => record.provenance.deployment));
  return window.length > 1 && deployments.size === 1 ? [...deployments][0] : undefined;
}

/**
 * Index of the first run of the present level: the last change point of the level that all endpoints share, at p50 and
 * at p95, or of one endpoint's own level (by a stricter limit, since there are many).
 */
function startOfLevel(records: readonly RunRecord[]): number {
  if (records.length < 2 * levelChange.minSegment) return 0;
  const levels = records.map(logLevels);
  const common = commonEndpoints(levels);
  if (common.length === 0) return 0;
  let start = 0;
  for (const quantile of ['p50', 'p95'] as const) {
    const rows = common.map((endpoint) => levels.map((run) => (run.get(endpoint) as LogLevel)[quantile]));
    const shared = records.map((_, b) => mean(rows.map((row) => row[b] as number)));
    start = Math.max(start, lastChange(shared, levelChange.maxP));
    for (const row of rows) start = Math.max(start, lastChange(row, levelChange.maxP / rows.length));
  }
  return start;
}

/** The series are logarithms, so a relative change is a difference: shifted to around 1 for the relative limit. */
function lastChange(logs: readonly number[], maxP: number): number {
  const center = mean(logs);
  return (
    changePoints(
      logs.map((value) => Math.exp(value - center)),
      { ...levelChange, maxP },
    ).at(-1) ?? 0
  );
}

/** So many runs make a baseline of their own. */
const minRuns = 3;

/** The comparable runs, parted at the newest acceptance. */
interface AcceptanceSplit {
  /** The runs to compare with, oldest first. */
  readonly usable: readonly RunRecord[];
  readonly excluded: readonly { readonly id: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  /** Set while the runs to compare with are from before an accepted slowdown: regressions inside it are excused. */
  readonly accepted?: RecordedAcceptance;
}

/**
 * After a change was merged with an accepted slowdown, its run begins a new level. Until three runs are at that level,
 * later ones are still compared with those before it, and what was accepted is excused as long as it counts. A second
 * acceptance before that was judged against the same runs, so both are excused together.
 *
 * @param records comparable green runs, oldest first
 * @param day of the run that is judged, ISO date
 */
function splitAtAcceptance(records: readonly RunRecord[], day: string): AcceptanceSplit {
  const at = records.findLastIndex(({ accepted }) => accepted !== undefined && accepted.figures.length > 0);
  const accepted = records[at]?.accepted;
  if (accepted === undefined) return { usable: records, excluded: [], warnings: [] };
  const [older, since] = [records.slice(0, at), records.slice(at)];
  const earlier = splitAtAcceptance(older, dayOf(since[0]) ?? day);
  const before = earlier.usable;
  const told = `a slowdown was accepted by ${accepted.by} ${acceptedWhere(accepted)} until ${accepted.until}: ${accepted.reason}`;
  if (since.length >= minRuns || before.length < minRuns) {
    const reason = 'before the accepted level';
    return { usable: since, excluded: older.map(({ id }) => ({ id, reason })), warnings: [told] };
  }
  const tooFew = since.map(({ id }) => ({ id, reason: 'at the accepted level, which has too few runs yet' }));
  const split = { usable: before, excluded: [...earlier.excluded, ...tooFew] };
  const standing = [earlier.accepted, accepted].filter((one) => one !== undefined && one.until >= day);
  const last = standing.at(-1);
  const warnings = [...earlier.warnings, accepted.until < day ? `${told}; that is over` : told];
  if (last === undefined) return { ...split, warnings };
  return { ...split, warnings, accepted: { ...last, figures: standing.flatMap((one) => one?.figures ?? []) } };
}

function dayOf(record: RunRecord | undefined): string | undefined {
  return record?.startedAt.slice(0, 10);
}

/** So many red runs of the default branch in a row, at one level, are no outliers: the level itself has changed. */
const minAgreeing = 3;

export interface NewLevel {
  /** Index of the first run at the new level. */
  readonly from: number;
  /** Index of the last of the agreeing red runs. */
  readonly to: number;
  /** New level relative to the one before (0.3 = 30 % slower), over all endpoints that both have. */
  readonly relativeChange: number;
}

/**
 * Where the last new level began that the default branch went on living with: at least three quarantined runs without a
 * green one between them, nearer to one another than to the runs before. Undefined when there is none.
 *
 * @param records comparable runs, oldest first, quarantined ones included
 */
function findNewLevel(records: readonly RunRecord[]): NewLevel | undefined {
  for (let to = records.length - 1; to >= 0; to--) {
    if (records[to]?.quarantined === undefined) continue;
    let from = to;
    while (from > 0 && records[from - 1]?.quarantined !== undefined) from--;
    if (to - from + 1 >= minAgreeing) {
      const before = records.slice(0, from).filter((record) => record.quarantined === undefined);
      const change = changeOfLevel(before, records.slice(from, to + 1));
      if (change !== undefined) return { from, to, relativeChange: Math.expm1(change) };
    }
    to = from;
  }
  return undefined;
}

/** ln ratio of the red runs' level to the green ones'; undefined where the red runs don't agree with one another. */
function changeOfLevel(green: readonly RunRecord[], red: readonly RunRecord[]): number | undefined {
  if (green.length === 0) return undefined;
  const all = [...green, ...red].map(logLevels);
  const endpoints = commonEndpoints(all);
  if (endpoints.length === 0) return undefined;
  const shifts = endpoints.map((endpoint) => {
    const values = all.map((levels) => (levels.get(endpoint) as LogLevel).p95);
    const [before, after] = [values.slice(0, green.length), values.slice(green.length)];
    return { change: mean(after) - mean(before), spread: Math.max(...after) - Math.min(...after) };
  });
  // The endpoint that moved most tells whether the runs agree; the others may not have moved at all.
  const largest = shifts.reduce((most, shift) => (Math.abs(shift.change) > Math.abs(most.change) ? shift : most));
  if (largest.spread >= Math.abs(largest.change)) return undefined;
  return mean(shifts.map(({ change }) => change));
}

/** Fewer expected responses than this tell no level. */
const minResponses = 50;

/** ln of an endpoint's p50 and p95 (ms) in one run. */
export interface LogLevel {
  readonly p50: number;
  readonly p95: number;
}

/** The levels of the endpoints of `record` that have enough expected responses. */
function logLevels(record: RunRecord): Map<string, LogLevel> {
  const levels = new Map<string, LogLevel>();
  for (const series of record.endpoints) {
    const sketch = latenciesOf(series);
    if (sketch.count < minResponses) continue;
    levels.set(series.endpoint, { p50: Math.log(quantileMs(sketch, 0.5)), p95: Math.log(quantileMs(sketch, 0.95)) });
  }
  return levels;
}

/** Endpoints whose level is known in every run, in the order of the first. */
function commonEndpoints(levels: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...(levels[0]?.keys() ?? [])].filter((endpoint) => levels.every((run) => run.has(endpoint)));
}
