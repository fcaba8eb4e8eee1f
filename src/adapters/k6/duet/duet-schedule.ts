import {
  type DuetOrder,
  duetBlockLengthMs,
  minDuetPairs,
  type Placement,
} from '../../../core/comparison/paired/duet-plan.ts';
import { GateError } from '../../../errors.ts';
import type { ScriptInspection } from '../script/inspect-script.ts';
import { defaultWarmUpMs, plannedLoadMs, rampMs } from '../script/load-model.ts';

/** What is fixed before the first request of a duet. */
export interface DuetSchedule {
  readonly order: DuetOrder;
  readonly plannedPairs: number;
  readonly blockLengthMs: number;
  /** Load at the beginning of each round that isn't judged. */
  readonly warmUpMs: number;
  readonly scripts: readonly ScriptShare[];
}

/** The pairs that one of several scripts gets. */
interface ScriptShare {
  /** Pairs before this number are made with this script, from where the one before it ended. */
  readonly endPair: number;
  /** Most pairs in one round; undefined where the script doesn't say how long it runs. */
  readonly pairsPerRound: number | undefined;
}

interface ScheduleRequest {
  readonly order: DuetOrder;
  /** Load a side that is judged. */
  readonly judgedMs: number;
  /** As configured; undefined: by default. */
  readonly blockLengthMs: number | undefined;
  readonly warmUpMs: number | 'auto';
  readonly scripts: readonly { readonly script: string; readonly inspection: ScriptInspection }[];
}

/**
 * Two targets on one host take processor time from each other when they run at once, but share all that disturbs the
 * host; which matters more is measured, see `docs/evaluation.md`.
 */
const orderOnOneHost: DuetOrder = 'concurrent';

/** What `auto` stands for between these hosts; an order that was asked for is kept. */
export function chooseOrder(asked: DuetOrder | 'auto', placement: Placement): DuetOrder {
  if (asked !== 'auto') return asked;
  return placement === 'separate-hosts' ? 'concurrent' : orderOnOneHost;
}

/** After each switch of an alternating duet the target and the new k6 find their pace. */
const alternatingWarmUpMs = 2_000;

/**
 * Plans a duet: how many pairs, over which scripts, in rounds of which length. Throws `GateError` when the budget or the
 * script is too short for it.
 */
export function planDuet(request: ScheduleRequest): DuetSchedule {
  const { order, judgedMs, scripts } = request;
  const blockLengthMs = request.blockLengthMs ?? duetBlockLengthMs[order];
  const plannedPairs = Math.floor(judgedMs / blockLengthMs);
  if (plannedPairs < minDuetPairs) {
    throw new GateError(
      'CONFIG_INVALID',
      `time-budget: ${judgedMs / 1000} s make ${plannedPairs} pairs of blocks of ${blockLengthMs / 1000} s; a duet needs at least ${minDuetPairs}`,
      `Set \`time-budget\` to ${(minDuetPairs * blockLengthMs) / 1000}s or more, or a shorter \`block-length\`.`,
    );
  }
  const warmUpMs = request.warmUpMs === 'auto' ? defaultWarmUp(request) : request.warmUpMs;
  return {
    order,
    plannedPairs,
    blockLengthMs,
    warmUpMs,
    scripts: scripts.map(({ script, inspection }, index) => ({
      endPair: Math.round((plannedPairs * (index + 1)) / scripts.length),
      pairsPerRound: order === 'alternating' ? 1 : pairsPerRound(script, inspection, warmUpMs, blockLengthMs),
    })),
  };
}

function defaultWarmUp({ order, scripts }: ScheduleRequest): number {
  const inspections = scripts.map(({ inspection }) => inspection);
  return order === 'alternating'
    ? Math.max(alternatingWarmUpMs, ...inspections.map(rampMs))
    : Math.max(...inspections.map(defaultWarmUpMs));
}

function pairsPerRound(
  script: string,
  inspection: ScriptInspection,
  warmUpMs: number,
  blockLengthMs: number,
): number | undefined {
  const plannedMs = plannedLoadMs(inspection);
  if (plannedMs === undefined) return undefined;
  const pairs = Math.floor((plannedMs - warmUpMs) / blockLengthMs);
  if (pairs >= 1) return pairs;
  throw new GateError(
    'CONFIG_INVALID',
    `${script} makes load for ${plannedMs / 1000} s: that is less than a warm-up of ${warmUpMs / 1000} s and one block of ${blockLengthMs / 1000} s`,
    'Let the script run longer, or set a shorter `warm-up` or, in the configuration file, `block-length`.',
  );
}

/** The script and the blocks of the round that comes after `pairs` pairs, at most up to `limit`; undefined at the end. */
export function nextRound(
  schedule: DuetSchedule,
  pairs: number,
  limit: number,
): { readonly script: number; readonly firstBlock: number; readonly endBlock: number } | undefined {
  const script = schedule.scripts.findIndex(({ endPair }) => pairs < endPair);
  const share = schedule.scripts[script];
  if (share === undefined) return undefined;
  const endBlock = Math.min(share.endPair, limit, pairs + (share.pairsPerRound ?? Number.POSITIVE_INFINITY));
  return { script, firstBlock: pairs, endBlock };
}
