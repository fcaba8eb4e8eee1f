import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localDirectoryStore } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import type { Answer } from '../../src/core/evidence/outside/answer.ts';
import type { SideInspection } from '../../src/core/evidence/outside/inspection.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { GateError } from '../../src/errors.ts';
import { type GatePlan, runGate, type World } from '../../src/gate/gate.ts';
import type { AskedInspection, Inspection, Measurer } from '../../src/ports.ts';
import { aMeasuredRun } from '../support/a-measured-run.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { someThresholds } from '../support/some-thresholds.ts';

const plan: GatePlan = {
  name: 'shop',
  mode: 'stored',
  thresholds: someThresholds(),
  failOn: ['regressed', 'k6-thresholds', 'invalid'],
};
const names = ['GET /a', 'GET /b', 'GET /c', 'GET /d', 'GET /e'];
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailgate-explain-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A run in which `GET /a` takes `factor` times as long as usual. */
function run(id: string, factor = 1): RunRecord {
  const base = aMeasuredRun(Object.fromEntries(names.map((name) => [name, 1000])), {
    id,
    startedAt: `2026-11-25T10:0${id}:00Z`,
  });
  const wobble = (index: number) => 1 + 0.01 * Math.sin(Number(id) * 7 + index);
  const values = (index: number) =>
    Array.from({ length: 1000 }, (_, i) => (80 + (i % 41)) * wobble(index) * (index === 0 ? factor : 1));
  return {
    ...base,
    endpoints: base.endpoints.map((series, index) => ({
      ...series,
      blocks: [{ index: 0, failedRequests: 0, latency: LatencySketch.of(values(index)) }],
    })),
  };
}

/** What `GET /a` answers when it is asked alone: one query, or so many. */
function seen(queries: number, headers: Readonly<Record<string, string>> = {}): Inspection {
  const answers = Array.from({ length: 8 }, (_, i): Answer => {
    const ms = (80 + i) * Math.max(1, queries / 2);
    return {
      ...{
        method: 'GET',
        path: '/a',
        status: 200,
        requestHeaders: { cookie: 'id=1' },
        firstByteMs: ms,
        totalMs: ms + 1,
      },
      headers: {
        'content-length': '10',
        'server-timing': `total;dur=${ms}, db;dur=${ms - 2};desc="${queries} queries"`,
        ...headers,
      },
      ...{ wireBytes: 10, decodedBytes: 10, bodyHash: 'x', stallMs: 1 },
    };
  });
  const candidate: SideInspection = { alone: [{ endpoint: 'GET /a', answers }], idle: [] };
  return { candidate, notes: [] };
}

function world(
  record: RunRecord,
  inspect: (asked: AskedInspection) => Inspection,
  overrides: Partial<World> = {},
): World & { readonly measurer: Measurer; readonly log: ReturnType<typeof recordedLog> } {
  return {
    measurer: { measure: async () => ({ kind: 'measured', record }) },
    store: localDirectoryStore(directory, 'dir:baselines'),
    inspector: { inspect: async (asked) => inspect(asked) },
    sinks: [],
    signal: new AbortController().signal,
    onInterrupt: 'report',
    ...overrides,
    log: recordedLog(),
  };
}

async function recordRuns(count: number, overrides: Partial<World> = {}): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await runGate(
      { ...plan, mode: 'record' },
      world(run(String(i)), () => seen(2), overrides),
    );
  }
}

describe('why it is slow', () => {
  it('is looked for at what failed, and told by what the stored runs showed', async () => {
    await recordRuns(5);
    const asked: AskedInspection[] = [];
    const result = await runGate(
      plan,
      world(run('6', 10), (question) => {
        asked.push(question);
        return seen(20);
      }),
    );
    if (result.kind !== 'decided') throw new TypeError('nothing was decided');
    expect(asked.map(({ endpoints, others }) => ({ endpoints, others }))).toEqual([
      { endpoints: ['GET /a'], others: false },
    ]);
    expect(result.decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(result.report.facts.attributions).toMatchObject([
      { endpoint: 'GET /a', cause: 'more-calls', strength: 'shown', operation: 'db' },
    ]);
    expect(result.report.reasons[0]?.seen).toContain('db 2 → 20 calls a request');
  });

  it('is not looked for where nothing failed, unless it always is, and never where it never is', async () => {
    await recordRuns(5);
    let looks = 0;
    const count = () => {
      looks++;
      return seen(2);
    };
    await runGate(plan, world(run('6'), count));
    await runGate(plan, world(run('6', 10), count, { inspect: 'never' }));
    expect(looks).toBe(0);
    await runGate(plan, world(run('6'), count, { inspect: 'always' }));
    expect(looks).toBe(1);
  });

  it('changes no verdict, whatever goes wrong', async () => {
    await recordRuns(5);
    const broken = world(run('6', 10), () => {
      throw new Error('no connection');
    });
    const result = await runGate(plan, broken);
    if (result.kind !== 'decided') throw new TypeError('nothing was decided');
    expect(result.decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(result.report.notes).toContain('Looking for the reason: why it is slow was not found out: no connection.');
  });

  it('says that there is nothing to compare with where no stored run was looked at', async () => {
    await recordRuns(5, { inspect: 'never' });
    const result = await runGate(
      plan,
      world(run('6', 10), () => seen(20)),
    );
    if (result.kind !== 'decided') throw new TypeError('nothing was decided');
    expect(result.report.facts.attributions).toEqual([]);
    expect(result.report.notes.join()).toContain('none of the stored runs was looked at');
  });
});

describe('a run that is recorded', () => {
  it('keeps what it showed, and is recorded without it where looking fails', async () => {
    await recordRuns(1);
    const failing = world(run('2'), () => {
      throw new GateError('K6_NOT_FOUND', 'there is no k6', 'Install it.');
    });
    await runGate({ ...plan, mode: 'record' }, failing);
    const { records } = await localDirectoryStore(directory, '').list();
    expect(records.map(({ inspection }) => inspection?.endpoints[0]?.means['timing:db:calls'])).toEqual([2, undefined]);
    expect(failing.log.lines.join()).toContain('there is no k6');
  });

  it('tells what could be faster, and what is dangerous, where that is always asked for', async () => {
    const result = await runGate(
      { ...plan, mode: 'record' },
      world(run('1'), () => seen(30, { 'cache-control': 'public, max-age=60' }), { inspect: 'always' }),
    );
    if (result.kind !== 'decided') throw new TypeError('nothing was decided');
    expect(result.report.notes.join()).toContain('GET /a makes 30 calls to db for one answer');
    expect(result.report.warnings.join()).toContain('one user could get another one');
  });
});
