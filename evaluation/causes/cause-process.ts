/**
 * One build whose reason is known: a duet, or five recorded runs and one beside them, and what is said about why it is slow.
 * Takes its task as JSON in the first argument; the last line that it prints is the outcome as JSON.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { Config } from '../../src/config/config.ts';
import { attributionsJson } from '../../src/core/report/render/report-json.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { decodeRunRecord, encodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import { judgeValidity } from '../../src/core/validity/judge-validity.ts';
import { measureAndJudgeDuet } from '../../src/gate/duet.ts';
import { failedEndpoints, lookAtRecorded, mostMoved, withReasons } from '../../src/gate/explain.ts';
import { type Judged, judgeRuns } from '../../src/gate/judge.ts';
import type { Log } from '../../src/ports.ts';
import { k6DuetMeasurer, k6Inspector, k6Measurer } from '../../src/wiring/k6-measurer.ts';
import { loadConfig } from '../../src/wiring/load-config.ts';
import { judgingPlan } from '../../src/wiring/measure-and-judge.ts';
import type { CauseOutcome, CauseTask } from './cause-row.ts';

const log: Log = {
  info: (message) => console.error(message),
  warn: (message) => console.error(`warning: ${message}`),
  debug: () => {},
};

const store = { label: 'no store', list: async () => ({ records: [], warnings: [] }), append: async () => {} };
const task = JSON.parse(process.argv[2] ?? '{}') as CauseTask;
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name));
console.log(JSON.stringify(await (task.mode === 'duet' ? explainDuet() : explainStored())));

async function explainDuet(): Promise<CauseOutcome> {
  const config = await loadConfig({ inputs: { ...task.inputs, mode: 'duet' }, needs: 'load' });
  const provenance = { baseline: {}, candidate: {} };
  const judged = await measureAndJudgeDuet(
    judgingPlan(config),
    {
      measurer: k6DuetMeasurer(config, { provenance, log }),
      progress: { show: () => {}, end: () => {} },
      signal: stop.signal,
    },
    { stored: [], warnings: [] },
  );
  return explain(judged, k6Inspector(config, { mode: 'duet', provenance: {}, log }));
}

async function explainStored(): Promise<CauseOutcome> {
  const { storedUrl = '', windowFile = '', ...given } = task.inputs;
  const configOf = (url: string, mode: string) =>
    loadConfig({ inputs: { ...given, 'target-url': url, mode }, needs: 'load' });
  const window = (await readWindow(windowFile)) ?? (await recordWindow(await configOf(storedUrl, 'record')));
  await writeFile(windowFile, window.map(encodeRunRecord).join('\n'));
  const config = await configOf(given['target-url'] ?? '', 'stored');
  const record = await measure(config, 'stored');
  const validity = judgeValidity(record, { targetWasReady: true });
  const judged = judgeRuns(
    { ...judgingPlan(config), mode: 'stored' },
    { validity, record, stored: window, warnings: [] },
  );
  return explain(judged, k6Inspector(config, { mode: 'stored', provenance: {}, log }));
}

/** Five runs of the code without the mistake, which mistakes with the same surroundings share. */
async function recordWindow(recording: Config): Promise<RunRecord[]> {
  const window: RunRecord[] = [];
  for (let run = 0; run < 5; run++) {
    const record = await measure(recording, 'record');
    const inspector = k6Inspector(recording, { mode: 'record', provenance: {}, log });
    window.push((await lookAtRecorded(record, { inspector, signal: stop.signal, log })).record);
  }
  return window;
}

async function readWindow(file: string): Promise<RunRecord[] | undefined> {
  if (!existsSync(file)) return undefined;
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.map((line) => decodeRunRecord(line, file));
}

async function measure(config: Config, mode: 'stored' | 'record'): Promise<RunRecord> {
  const measurement = await k6Measurer(config, { mode, store, provenance: {}, log }).measure(stop.signal);
  if (measurement.kind !== 'measured') throw new Error(`${measurement.detail}. ${measurement.hint}`);
  return measurement.record;
}

/** What is said of what failed; where nothing did and it is asked all the same, of what moved most. */
async function explain(judged: Judged, inspector: ReturnType<typeof k6Inspector>): Promise<CauseOutcome> {
  const { decided, record } = judged;
  const failed = failedEndpoints(judged);
  const endpoints = failed.length > 0 || !task.isForced ? failed : mostMoved(decided.comparison?.comparisons ?? []);
  const startedMs = performance.now();
  const sides = task.mode === 'duet' ? ('both' as const) : ('target' as const);
  const asked = { endpoints, others: true, record: record as RunRecord, sides };
  const inspection = record === undefined ? undefined : await inspector.inspect(asked, stop.signal);
  const inspectedS = (performance.now() - startedMs) / 1000;
  const told = inspection === undefined ? judged : withReasons(judged, endpoints, inspection);
  return {
    verdict: decided.verdict.verdict,
    failed,
    endpoints: [...endpoints],
    attribution: attributionsJson(told.attributions ?? []).map(
      ({ endpoint, cause, strength, operation, share, evidence }) => ({
        ...{
          endpoint,
          cause,
          strength,
          share: share.point ?? 0,
          shareInterval: [share.interval[0] ?? 0, share.interval[1] ?? 1],
        },
        evidence: evidence.map(({ text }) => text),
        ...(operation !== undefined && { operation }),
      }),
    ),
    dangers: (told.dangers ?? []).map(({ endpoint, kind }) => `${endpoint} ${kind}`),
    notes: [...(told.inspectionNotes ?? [])],
    inspectedS,
  };
}
