import { asMeantByChecks, canBeUsual } from '../run-record/counted-answers.ts';
import type { EndpointSeries, RunRecord } from '../run-record/run-record.ts';
import { blockStart, deadTailOf } from './dead-blocks.ts';
import { countOutcomes, describeOutcomes, type OutcomeCounts } from './outcome-counts.ts';
import type { InvalidReason, Refusal, Validity } from './validity.ts';

/** Shares (0..1) and milliseconds beyond which a run is not judged, and the smaller ones that are worth a warning. */
const validityLimits = {
  /** Rate limiting thins out the load: what is left is another workload. */
  throttledShare: 0.05,
  throttledWarningShare: 0.01,
  /** Iterations that throw end early, so the mix of requests is another one. */
  thrownShare: 0.1,
  /** k6's documentation asks for 20 % idle; a generator without it measures itself. */
  cpuShare: 0.8,
  cpuWarningShare: 0.6,
  startLatenessMs: 250,
  startLatenessWarningMs: 50,
  readerLagMs: 5_000,
  readerLagWarningMs: 1_500,
  /** A baseline that fails this much is worth a look before it is believed. */
  failedWarningShare: 0.05,
  /** From this share of unanswered requests on a run describes an outage, and nothing may be compared with it. */
  unansweredShare: 0.1,
  /** Time blocks without a single answer at the end of a run that call for a warning. */
  deadTailBlocks: 2,
} as const;

/**
 * May this run be compared at all? Reads the record alone; `targetWasReady` says whether the target answered before the
 * load (false when that is unknown, as for imported files). The first refusal that applies is returned.
 */
export function judgeValidity(given: RunRecord, facts: { readonly targetWasReady: boolean }): Validity {
  const record = asMeantByChecks(given);
  const counts = countOutcomes(record.endpoints);
  const refusal =
    explainExit(record) ??
    refuseEmptyRun(record, counts) ??
    refuseThrottledRun(counts) ??
    refuseUnsentRequests(record.endpoints) ??
    refuseFailedRun(counts, facts.targetWasReady) ??
    refuseThrowingScript(record, counts) ??
    refuseSaturatedGenerator(record);
  return refusal ?? { kind: 'valid', warnings: warningsOf(record, counts) };
}

/** Why a run that may be judged must not be what others are judged by. */
export function refuseAsBaseline({ endpoints }: RunRecord): Extract<Refusal, { kind: 'invalid' }> | undefined {
  const counts = countOutcomes(endpoints);
  if (counts.unanswered === 0 || counts.unanswered < validityLimits.unansweredShare * counts.requests) return undefined;
  const share = percent(counts.unanswered / counts.requests);
  return {
    kind: 'invalid',
    reason: 'target-gone',
    detail: `${counts.unanswered} of ${counts.requests} requests (${share}) got no answer (${describeOutcomes(counts)}), so this run is no baseline`,
    hint: 'See that the deployment stays up and bears this load, then record again.',
  };
}

function refuseEmptyRun(record: RunRecord, counts: OutcomeCounts): Refusal | undefined {
  if (counts.requests > 0) return undefined;
  const { thrownIterations } = record.exit;
  if (thrownIterations > 0) {
    return refuse(
      'script-throws',
      `${thrownIterations} iterations of the script threw and no request was measured${because(record)}`,
      'Run the script once by itself, with k6 and one iteration, and repair the first error that it prints.',
    );
  }
  if (record.metrics.some((series) => measuresTheTarget(series.metric))) return undefined;
  if (record.warmUpMs > 0 && record.durationMs <= record.warmUpMs) {
    return refuse(
      'cut-short',
      `the run lasted ${seconds(record.durationMs)}, all of it within the warm-up of ${seconds(record.warmUpMs)}`,
      'Measure for longer, or set a shorter `warm-up`.',
    );
  }
  return refuse(
    'no-requests',
    record.iterations === 0
      ? 'no iteration of the script finished and no request was measured'
      : `${record.iterations} iterations ran without a single HTTP or gRPC request after the warm-up`,
    'Check that the exported function sends requests, and that an iteration ends within the duration.',
  );
}

/** Series by which k6 reports work that isn't an HTTP or gRPC request; those of the script itself count too. */
function measuresTheTarget(metric: string): boolean {
  return !/^(iteration_duration|http_req_|group_duration|checks)/.test(metric);
}

function refuseThrottledRun(counts: OutcomeCounts): Refusal | undefined {
  if (counts.requests === 0 || counts.throttled < validityLimits.throttledShare * counts.requests) return undefined;
  return refuse(
    'throttled',
    `${counts.throttled} of ${counts.requests} requests (${percent(counts.throttled / counts.requests)}) were turned away by a rate limit (status 429)`,
    'Lift the rate limit for this machine on the preview deployment (`bypass-header` sends a header along), or lower the rate.',
  );
}

function refuseFailedRun(counts: OutcomeCounts, targetWasReady: boolean): Refusal | undefined {
  if (counts.requests === 0 || counts.failed < counts.requests) return undefined;
  const outcomes = describeOutcomes(counts);
  if (counts.unanswered === counts.requests && !targetWasReady) {
    return refuse(
      'target-gone',
      `none of ${counts.requests} requests was answered (${outcomes}), and the target wasn't seen ready before`,
      'Check the URL and that the deployment is up while the load runs; `wait-path` waits until it answers.',
    );
  }
  if (counts.byOutcome.get('403') === counts.requests) {
    return refuse(
      'bot-challenge',
      `all ${counts.requests} requests were answered with 403: bot protection, or a login that is missing`,
      'Let the load through the protection with `bypass-header`, or give the script its login in `env`.',
    );
  }
  const [status, ...others] = counts.byOutcome.keys();
  const hint = status === undefined || others.length > 0 ? '' : whatIfMeant(status);
  return { kind: 'all-failed', detail: `every one of ${counts.requests} requests failed (${outcomes})${hint}` };
}

function whatIfMeant(status: string): string {
  // A base path too many or too few answers 404 everywhere, and looks like a broken service.
  if (status === '404') return '; is the path in target-url right?';
  return canBeUsual('http', status)
    ? `; a script that is meant to get it says so by http.setResponseCallback(http.expectedStatuses(${status}))`
    : '';
}

/**
 * Iterations that throw while requests succeed are the script's fault; where requests fail in like number, the throwing
 * is the answer to a broken target, which is judged by its errors.
 */
function refuseThrowingScript(record: RunRecord, counts: OutcomeCounts): Refusal | undefined {
  const { thrownIterations } = record.exit;
  const iterations = Math.max(record.iterations, thrownIterations);
  if (thrownIterations === 0 || thrownIterations < validityLimits.thrownShare * iterations) return undefined;
  if (counts.failed >= thrownIterations / 2) return undefined;
  return refuse(
    'script-throws',
    `${thrownIterations} of ${iterations} iterations threw${because(record)}; k6 itself reports success for them`,
    'Repair the first error in the script: an iteration that throws leaves out the requests behind it.',
  );
}

function refuseSaturatedGenerator(record: RunRecord): Refusal | undefined {
  const { peakCpuShare, startLatenessMs, readerLagMs } = record.generator;
  const signs: string[] = [];
  if (peakCpuShare !== undefined && peakCpuShare >= validityLimits.cpuShare) {
    signs.push(`k6 used ${percent(peakCpuShare)} of all cores`);
  }
  if (startLatenessMs !== undefined && startLatenessMs >= validityLimits.startLatenessMs) {
    signs.push(`iterations started ${Math.round(startLatenessMs)} ms late`);
  }
  if (readerLagMs !== undefined && readerLagMs >= validityLimits.readerLagMs) {
    signs.push(`samples arrived ${seconds(readerLagMs)} late`);
  }
  if (signs.length === 0) return undefined;
  return refuse(
    'generator-saturated',
    `the load generator was the bottleneck: ${signs.join(', ')}`,
    'Lower the rate or the number of VUs, add a sleep to a script that has none, or use a larger runner.',
  );
}

function warningsOf(record: RunRecord, counts: OutcomeCounts): string[] {
  const { exit, generator } = record;
  const warnings: string[] = [];
  if (exit.thrownIterations > 0) {
    warnings.push(`${exit.thrownIterations} of ${record.iterations} iterations threw${because(record)}`);
  }
  if (record.droppedIterations > 0) {
    const due = record.iterations + record.droppedIterations;
    warnings.push(
      `${record.droppedIterations} of ${due} iterations never started, because all VUs were busy: the load was lower than configured`,
    );
  }
  if (counts.throttled >= validityLimits.throttledWarningShare * counts.requests && counts.throttled > 0) {
    warnings.push(`${counts.throttled} of ${counts.requests} requests were turned away by a rate limit (status 429)`);
  }
  if ((generator.peakCpuShare ?? 0) >= validityLimits.cpuWarningShare) {
    warnings.push(`k6 used ${percent(generator.peakCpuShare ?? 0)} of all cores at its peak: close to saturation`);
  }
  if ((generator.startLatenessMs ?? 0) >= validityLimits.startLatenessWarningMs) {
    warnings.push(`iterations started up to ${Math.round(generator.startLatenessMs ?? 0)} ms late`);
  }
  if ((generator.readerLagMs ?? 0) >= validityLimits.readerLagWarningMs) {
    warnings.push(`samples arrived up to ${seconds(generator.readerLagMs ?? 0)} late: this machine is busy`);
  }
  if (counts.failed >= validityLimits.failedWarningShare * counts.requests && counts.failed > 0) {
    warnings.push(`${percent(counts.failed / counts.requests)} of all requests failed${describeRefused(record)}`);
  }
  warnings.push(...warnOfUnsentRequests(record.endpoints));
  const tail = deadTailOf(record);
  if (tail !== undefined && tail.blocks >= validityLimits.deadTailBlocks) {
    const since = blockStart(record, tail.fromBlock);
    warnings.push(`from ${since} on every request failed: the target seems to have died during the run`);
  }
  return warnings;
}

/** Endpoints that may be called to be refused. */
function describeRefused({ endpoints }: RunRecord): string {
  const refused = endpoints.flatMap(({ endpoint, usualAnswers }) =>
    usualAnswers === undefined ? [] : [`${endpoint} is answered with ${usualAnswers.status}`],
  );
  const further = refused.length > maxRefused ? ` and ${refused.length - maxRefused} more` : '';
  return refused.length === 0 ? '' : `, as k6 counts (${refused.slice(0, maxRefused).join(', ')}${further})`;
}

const maxRefused = 3;

function refuse(reason: InvalidReason, detail: string, hint: string): Refusal {
  return { kind: 'invalid', reason, detail, hint };
}

function because(record: RunRecord): string {
  return record.exit.message === undefined ? '' : `: ${record.exit.message}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** Requests that never left the load generator's machine, by what kept them there. */
interface Obstacle {
  /** k6's error codes, https://grafana.com/docs/k6/latest/javascript-api/error-codes/ */
  readonly codes: readonly number[];
  readonly reason: InvalidReason;
  /** Completes "990 of 1000 requests …". */
  readonly what: string;
  readonly hint: string;
}

const obstacles: readonly Obstacle[] = [
  {
    codes: [1110, 1111],
    reason: 'target-not-used',
    what: 'were not sent, because k6 was told to block their address',
    hint: "Take the target out of the script's `blacklistIPs` and `blockHostnames` (or K6_BLACKLIST_IPS and K6_BLOCK_HOSTNAMES).",
  },
  {
    codes: [1020],
    reason: 'target-not-used',
    what: 'were not sent, because their URL is invalid',
    hint: 'See how the script puts its URLs together: is the variable set from which it takes the address?',
  },
  {
    codes: [1010, 1100, 1101],
    reason: 'target-gone',
    what: 'were not sent, because no address was found for the host name',
    hint: "Check the host name in the script and in target-url, and this machine's name resolution.",
  },
  {
    codes: [1202, 1213],
    reason: 'generator-saturated',
    what: 'were not sent, because this machine could not open a connection (too many open files, no free port, no route)',
    hint: 'Raise the limit on open files (`ulimit -n`), reuse connections, or make less load; check that this machine can reach the target.',
  },
];

/** From this share of the requests on, the few answers that came describe nothing. */
const unsentShare = 0.9;

/** From this share on, a reader should know that some failures are none of the target's. */
const unsentWarningShare = 0.01;

interface Unsent {
  readonly obstacle: Obstacle;
  readonly count: number;
  readonly requests: number;
}

/** Why a run is no judgment on the target: (nearly) all requests to it were stopped before they reached it. */
export function refuseUnsentRequests(
  endpoints: readonly EndpointSeries[],
): { kind: 'invalid'; reason: InvalidReason; detail: string; hint: string } | undefined {
  const unsent = unsentRequests(endpoints);
  const [worst] = unsent;
  const total = unsent.reduce((sum, { count }) => sum + count, 0);
  if (worst === undefined || total < unsentShare * worst.requests) return undefined;
  const { reason, hint } = worst.obstacle;
  return { kind: 'invalid', reason, detail: unsent.map(describeUnsent).join('; '), hint };
}

/** One sentence per obstacle that stopped more than a few requests. */
export function warnOfUnsentRequests(endpoints: readonly EndpointSeries[]): string[] {
  return unsentRequests(endpoints)
    .filter(({ count, requests }) => count >= unsentWarningShare * requests)
    .map((unsent) => `${describeUnsent(unsent)}: these failures are not the target's`);
}

/** Most frequent first. */
function unsentRequests(endpoints: readonly EndpointSeries[]): readonly Unsent[] {
  const ownEndpoints = endpoints.filter((series) => series.otherHost === undefined);
  const { requests, byOutcome } = countOutcomes(ownEndpoints.length > 0 ? ownEndpoints : endpoints);
  return obstacles
    .map((obstacle) => {
      const count = obstacle.codes.reduce((sum, code) => sum + (byOutcome.get(`error ${code}`) ?? 0), 0);
      return { obstacle, count, requests };
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

function describeUnsent({ obstacle, count, requests }: Unsent): string {
  return `${count} of ${requests} requests ${obstacle.what}`;
}

/** Why a run whose k6 did not finish can't be judged; undefined for one that ran to its end. */
export function explainExit(record: RunRecord): Extract<Refusal, { kind: 'invalid' }> | undefined {
  const { exit } = record;
  if (exit.class === 'ran') return undefined;
  const said = exit.message === undefined ? '' : `: ${exit.message}`;
  if (exit.class === 'could-not-run') {
    return {
      kind: 'invalid',
      reason: 'k6-could-not-run',
      detail: `k6 could not run the script${ended(record)}${said}`,
      hint: couldNotRunHint(exit.code),
    };
  }
  const after = `after ${(record.durationMs / 1000).toFixed(0)} s`;
  if (isKilled(record)) {
    return {
      kind: 'invalid',
      reason: 'k6-aborted',
      detail: `k6 was killed ${after}${ended(record)}${said}`,
      hint: 'Most often the machine ran out of memory: use fewer VUs, set `discardResponseBodies`, or take a larger runner.',
    };
  }
  if (exit.code === 105 || exit.signal !== undefined) {
    return {
      kind: 'invalid',
      reason: 'cut-short',
      detail: `the run was interrupted ${after}${said}`,
      hint: 'Run it again and let it finish; a shorter measurement is set by `time-budget`.',
    };
  }
  return {
    kind: 'invalid',
    reason: 'k6-aborted',
    detail: `the run was aborted ${after}${ended(record)}${said}`,
    hint:
      exit.code === 108
        ? 'The script called exec.test.abort(); see its condition for doing so.'
        : 'See what k6 logged above; if it repeats, run the script by itself with k6.',
  };
}

function isKilled({ exit }: RunRecord): boolean {
  return exit.signal === 'SIGKILL' || exit.code === 137;
}

function ended({ exit }: RunRecord): string {
  if (exit.signal !== undefined) return ` (${exit.signal})`;
  return exit.code === undefined ? '' : ` (exit code ${exit.code})`;
}

function couldNotRunHint(code: number | undefined): string {
  switch (code) {
    case 100:
      return 'setup() took longer than `setupTimeout`: see which of its requests hangs, or raise the limit in the script.';
    case 104:
      return 'Correct the options or thresholds of the script, as k6 says above.';
    case 106:
      return 'The address given with --address is taken: choose another in `k6-args`, or leave it out.';
    case 107:
      return 'Correct the script at the place that k6 names.';
    case 109:
      return 'k6 itself crashed: try the other supported version with `k6-version`.';
    default:
      return 'Run the same script with k6 by itself, and see that the flags in `k6-args` exist in this version.';
  }
}
