import type { LoadModel } from '../../../core/run-record/run-record.ts';
import type { Scenario, ScriptInspection } from './inspect-script.ts';

/**
 * The load that a script makes, as a fingerprint: `browse: constant-arrival-rate 50/1s for 1m`, scenarios sorted by name
 * and joined by `; `. Two runs with different texts can't be compared.
 */
export function describeLoad(inspection: ScriptInspection): string {
  return Object.entries(inspection.scenarios)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, scenario]) => `${name}: ${describeScenario(scenario)}`)
    .join('; ');
}

/** Whether a slow target gets fewer requests: in at least one scenario virtual users wait for their answers. */
export function loadModelOf(inspections: readonly ScriptInspection[]): LoadModel {
  const scenarios = inspections.flatMap((inspection) => Object.values(inspection.scenarios));
  const isOpen = scenarios.every(({ executor }) => openExecutors.includes(executor));
  return isOpen ? 'open' : 'closed';
}

const openExecutors: readonly string[] = ['constant-arrival-rate', 'ramping-arrival-rate'];

function describeScenario(scenario: Scenario): string {
  const start = scenario.startTime > 0 ? ` after ${time(scenario.startTime)}` : '';
  return `${scenario.executor} ${describeAmount(scenario)}${start}`;
}

function describeAmount(scenario: Scenario): string {
  const { executor, rate, startRate, stages } = scenario;
  const timeUnit = time(parseGoDuration(scenario.timeUnit) ?? 1000);
  const path = stages.map((stage) => `${stage.target} in ${time(stage.duration)}`).join(', ');
  switch (executor) {
    case 'constant-arrival-rate':
      return `${rate}/${timeUnit} for ${time(scenario.duration)}`;
    case 'ramping-arrival-rate':
      return `${startRate}/${timeUnit} to ${path}`;
    case 'ramping-vus':
      return `${scenario.startVUs ?? 1} VUs to ${path}`;
    case 'constant-vus':
      return `${scenario.vus ?? 1} VUs for ${time(scenario.duration)}`;
    case 'shared-iterations':
      return `${scenario.iterations ?? 1} iterations by ${scenario.vus ?? 1} VUs`;
    case 'per-vu-iterations':
      return `${scenario.iterations ?? 1} iterations each by ${scenario.vus ?? 1} VUs`;
    default:
      return `${scenario.vus ?? ''} ${time(scenario.duration)}`.trim();
  }
}

function time(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** Length of the load by its scenarios, graceful stops not counted; undefined where only iterations limit it. */
export function plannedLoadMs(inspection: ScriptInspection): number | undefined {
  const ends = Object.values(inspection.scenarios).map((scenario) => {
    const lengthMs = scenario.duration + scenario.stages.reduce((sum, stage) => sum + stage.duration, 0);
    return lengthMs === 0 ? 0 : scenario.startTime + lengthMs;
  });
  const longest = Math.max(0, ...ends);
  return longest === 0 ? undefined : longest;
}

/**
 * How long the load climbs before it first holds still. A profile that never holds still (a pure ramp, a spike) is its
 * own measurement and has no ramp in this sense; a scenario that begins later doesn't count.
 */
export function rampMs(inspection: ScriptInspection): number {
  return Math.max(0, ...Object.values(inspection.scenarios).map(rampOf));
}

function rampOf(scenario: Scenario): number {
  if (scenario.startTime > 0) return 0;
  let level = scenario.executor === 'ramping-arrival-rate' ? scenario.startRate : (scenario.startVUs ?? 1);
  let elapsed = 0;
  for (const stage of scenario.stages) {
    if (stage.duration > 0 && stage.target === level) return elapsed;
    if (stage.target < level) return 0;
    level = stage.target;
    elapsed += stage.duration;
  }
  return 0;
}

/** Longest warm-up that is chosen by default. */
const longestDefaultWarmUpMs = 10_000;

/** 10 s or a tenth of the load, whichever is less, and never less than the ramp. */
export function defaultWarmUpMs(inspection: ScriptInspection): number {
  const plannedMs = plannedLoadMs(inspection);
  const tenthMs = plannedMs === undefined ? 0 : plannedMs / 10;
  return Math.round(Math.max(Math.min(longestDefaultWarmUpMs, tenthMs), rampMs(inspection)));
}

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
  d: 864e5,
};

/** Milliseconds of a duration as k6 writes it (`1m30s`, `500ms`, `1d`; a bare number is ms); undefined for other text. */
export function parseGoDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitsMs[unit ?? ''] ?? 0), 0);
}
