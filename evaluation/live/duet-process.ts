/**
 * One whole live duet, as the command line makes it, in a process of its own so that its processor time can be told from
 * that of k6 (the process's children). Takes its task as JSON in the first argument; the last line that it prints is the
 * outcome as JSON.
 */
import { readFileSync } from 'node:fs';
import { parseCpuTimeMs } from '../../src/adapters/k6/run/generator-watch.ts';
import { type ReportJson, reportJson } from '../../src/core/report/render/report-json.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { runDuet } from '../../src/gate/gate.ts';
import type { BaselineStore, DuetMeasurer, Log, ReportSink } from '../../src/ports.ts';
import { k6DuetMeasurer } from '../../src/wiring/k6-measurer.ts';
import { loadConfig } from '../../src/wiring/load-config.ts';
import type { DuetOutcome } from './live-row.ts';

interface CpuTimes {
  readonly ownS: number;
  /** Of children that have ended. */
  readonly childrenS: number;
}

const log: Log = {
  info: (message) => console.error(message),
  warn: (message) => console.error(`warning: ${message}`),
  debug: () => {},
};

const emptyStore: BaselineStore = {
  label: 'no store',
  list: async () => ({ records: [], warnings: [] }),
  append: async () => {},
};

const inputs = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name));
const outcome = await measure();
if (outcome !== undefined) console.log(JSON.stringify(outcome));
else process.exitCode = 1;

async function measure(): Promise<DuetOutcome | undefined> {
  const config = await loadConfig({ inputs: { ...inputs, mode: 'duet' }, needs: 'load' });
  let json: ReportJson | undefined;
  const keepReport: ReportSink = {
    label: 'the evaluation',
    write: async (rendered) => {
      json = reportJson(rendered.report);
    },
  };
  const watched = watch(k6DuetMeasurer(config, { provenance: { baseline: {}, candidate: {} }, log }));
  await runDuet(config, {
    measurer: watched.measurer,
    progress: { show: () => {}, end: () => {} },
    store: emptyStore,
    sinks: [keepReport],
    log,
    signal: stop.signal,
    onInterrupt: 'leave-no-trace',
  });
  if (json === undefined) return undefined;
  const end = cpuTimes();
  const pairsUsed = json.pairs?.used ?? 0;
  const { records } = watched;
  // In turn the loads add up; at once they are one.
  const loads = records.map(({ durationMs }) => durationMs);
  const isConcurrent = watched.order === 'concurrent';
  const loadMs = isConcurrent ? Math.max(0, ...loads) : loads.reduce((sum, ms) => sum + ms, 0);
  return {
    verdict: json.verdict,
    reason: json.reason ?? '',
    detail: json.detail,
    comparisons: json.comparisons.map(({ subject, metric, verdict, relativeChange }) => ({
      endpoint: subject.name,
      metric,
      verdict,
      ...(typeof relativeChange?.point === 'number' && { relativeChange: relativeChange.point }),
    })),
    pairsUsed,
    stoppedEarly: json.stoppedEarly === true,
    judgedS: (pairsUsed * watched.blockLengthMs) / 1000,
    loadS: loadMs / 1000,
    wallS: performance.now() / 1000,
    tailgateCpuS: end.ownS,
    tailgateLoadCpuS: watched.ended.ownS - watched.began.ownS,
    k6CpuS: watched.ended.childrenS - watched.began.childrenS,
    startLatenessMs: Math.max(0, ...records.map(({ generator }) => generator.startLatenessMs ?? 0)),
    warnings: [...json.warnings],
  };
}

/** Notes what the report doesn't say: when the load began and ended, and how hard both programs worked meanwhile. */
function watch(measurer: DuetMeasurer) {
  const none = { ownS: 0, childrenS: 0 };
  const watched = {
    records: [] as readonly RunRecord[],
    order: '',
    blockLengthMs: 0,
    began: none,
    ended: none,
    measurer: {
      measure: async (begin, signal) => {
        const measurement = await measurer.measure((setup) => {
          watched.order = setup.order;
          watched.blockLengthMs = setup.blockLengthMs;
          watched.began = cpuTimes();
          return begin(setup);
        }, signal);
        watched.ended = cpuTimes();
        if (measurement.kind === 'measured') watched.records = [measurement.baseline, measurement.candidate];
        return measurement;
      },
    } satisfies DuetMeasurer,
  };
  return watched;
}

/** Linux only: elsewhere the children's time is unknown and shows as 0. */
function cpuTimes(): CpuTimes {
  const { user, system } = process.cpuUsage();
  const ownS = (user + system) / 1e6;
  let allMs: number | undefined;
  try {
    allMs = parseCpuTimeMs(readFileSync('/proc/self/stat', 'latin1'));
  } catch {
    allMs = undefined;
  }
  return { ownS, childrenS: allMs === undefined ? 0 : Math.max(0, allMs / 1000 - ownS) };
}
