import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { decodeRunRecord, encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import { GateError } from '../../../src/errors.ts';
import { aRequest, collected, runStartMs } from '../../support/some-samples.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../schemas/tailgate.run.2.schema.json', import.meta.url), 'utf8'),
);
const isValid = new Ajv({ strict: true, allErrors: true }).compile(schema);

/** A record in which every optional fact is present. */
function aFullRecord(): RunRecord {
  const atMs = runStartMs + 7000;
  const record = collected(
    [
      aRequest({ scenario: 'a', script: 'a.js' }),
      aRequest({ scenario: 'b', script: 'b.js', endedAtMs: atMs, isExpected: false, status: '503' }),
      aRequest({ name: 'https://login.example/token' }),
      aRequest({ method: 'POST', endedAtMs: atMs, isExpected: false, status: '401' }),
      { kind: 'check', check: 'ok', atMs, passed: false },
      { kind: 'rate', metric: 'found', atMs, isTrue: true },
      { kind: 'trend', metric: 'size', unit: '', atMs, value: 3e9 },
    ],
    { targetHosts: ['shop.example'] },
    {
      fingerprint: { hard: { name: 'shop', k6Major: '2' }, soft: { cpu: 'AMD EPYC', cores: '4' } },
      provenance: {
        source: 'run.json',
        commit: 'abc',
        workflowRun: { id: '7', attempt: 1, url: 'https://ci.example/7' },
        pair: { id: 'p', side: 'candidate', order: 1 },
      },
      iterations: 3,
      droppedIterations: 1,
      bytesReceived: 5120,
      setupAndTeardownRequests: 2,
      exit: {
        class: 'aborted',
        code: 105,
        signal: 'SIGINT',
        crossedThresholds: ['x: y'],
        otherThresholds: ['x: z'],
        thrownIterations: 1,
        message: 'm',
      },
      generator: { peakCpuShare: 0.5, startLatenessMs: 1.5, readerLagMs: 200 },
      warnings: ['careful'],
    },
  );
  return { ...record, quarantined: { reason: 'regressed' } };
}

function failure(text: string): GateError {
  try {
    decodeRunRecord(text, '"run.json"');
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
  throw new Error('decoding succeeded');
}

/** The full record as JSON with `change` made to it. */
function changed(change: (json: { endpoints: object[]; checks: object[] }) => void): string {
  const json = JSON.parse(encodeRunRecord(aFullRecord()));
  change(json);
  return JSON.stringify(json);
}

describe('decodeRunRecord', () => {
  it('gives back what was encoded', () => {
    const record = aFullRecord();
    const decoded = decodeRunRecord(encodeRunRecord(record), 'x');
    expect(encodeRunRecord(decoded)).toBe(encodeRunRecord(record));
    const withoutBlocks = ({ endpoints, metrics, ...rest }: RunRecord) => rest;
    expect(withoutBlocks(decoded)).toEqual(withoutBlocks(record));
    expect(decoded.endpoints.map(({ blocks, ...rest }) => rest)).toEqual(
      record.endpoints.map(({ blocks, ...rest }) => rest),
    );
  });

  it('reads the load model of a record that tells it only by the text of its load', () => {
    const modelOf = (load: string) => {
      const { loadModel: _, fingerprint, ...json } = JSON.parse(encodeRunRecord(aFullRecord()));
      const text = JSON.stringify({ ...json, fingerprint: { ...fingerprint, hard: { ...fingerprint.hard, load } } });
      return decodeRunRecord(text, 'x').loadModel;
    };
    expect(modelOf('browse: constant-arrival-rate 50/1s for 1m; buy: ramping-arrival-rate 1/1s to 9 in 1m')).toBe(
      'open',
    );
    expect(modelOf('browse: constant-arrival-rate 50/1s for 1m; buy: constant-vus 5 VUs for 1m')).toBe('closed');
    const told = { ...aFullRecord(), loadModel: 'closed' } as const;
    expect(decodeRunRecord(encodeRunRecord(told), 'x').loadModel).toBe('closed');
  });

  it('ignores keys that it does not know', () => {
    const text = changed((json) => Object.assign(json, { later: true }));
    expect(encodeRunRecord(decodeRunRecord(text, 'x'))).toBe(encodeRunRecord(aFullRecord()));
  });

  it('refuses a record of a later version, naming file and version', () => {
    const { code, message } = failure(changed((json) => Object.assign(json, { schema: 'tailgate.run/3' })));
    expect(code).toBe('RECORD_FROM_THE_FUTURE');
    expect(message).toContain('"run.json"');
    expect(message).toContain('"tailgate.run/3"');
  });

  it.each([
    ['another schema', '{"schema":"tailgate.trend/1"}', '"tailgate.trend/1"'],
    ['a report', '{"schema":"tailgate.report/1"}', 'is a report, not a run record'],
    ['no schema', '{"id":1}', 'missing'],
    ['an array', '[]', 'missing'],
    ['null', 'null', 'missing'],
    ['text that is no JSON', 'metric_name,timestamp', 'begins with "metric_name,timestamp"'],
    ['nothing', '', 'begins with ""'],
  ])('refuses %s and quotes it', (_what, text, quoted) => {
    const { code, message } = failure(text);
    expect(code).toBe('RECORD_INVALID');
    expect(message).toContain(quoted);
  });

  it('says of a record cut short how much is there', () => {
    const { code, message } = failure(encodeRunRecord(aFullRecord()).slice(0, 500));
    expect(code).toBe('RECORD_INVALID');
    expect(message).toContain('"run.json" is cut short or damaged after 500 characters');
  });

  it('reports all problems together, each with its place', () => {
    const { message } = failure(
      changed((json) => {
        Object.assign(json, { durationMs: -5, startedAt: 'yesterday' });
        Object.assign(json.endpoints[0] as object, { protocol: 'smtp' });
      }),
    );
    expect(message).toMatch(/durationMs: .*-5/u);
    expect(message).toMatch(/startedAt: .*yesterday/u);
    expect(message).toMatch(/endpoints\.0\.protocol: .*smtp/u);
  });

  it.each([
    ['columns of unequal length', { index: [0, 1], failedRequests: [0], latency: ['', ''] }, 'equal length'],
    ['blocks out of order', { index: [1, 0], failedRequests: [0, 0], latency: ['', ''] }, 'ascending'],
    ['a damaged sketch', { index: [0], failedRequests: [0], latency: ['AI'] }, 'sketch is cut short'],
    ['a negative count', { index: [0], failedRequests: [-1], latency: [''] }, 'at least 0'],
  ])('refuses %s', (_what, blocks, problem) => {
    const { message } = failure(changed((json) => Object.assign(json.endpoints[0] as object, { blocks })));
    expect(message).toContain(problem);
  });

  it('refuses more failures than observations', () => {
    const blocks = { index: [0], total: [1], failed: [2] };
    expect(failure(changed((json) => Object.assign(json.checks[0] as object, { blocks }))).message).toContain(
      'no more failures',
    );
  });

  it('refuses an endpoint that is there twice', () => {
    const { message } = failure(changed((json) => json.endpoints.push(json.endpoints[0] as object)));
    expect(message).toContain('each endpoint once');
  });

  const kept = new URL('../../fixtures/run-records/', import.meta.url);
  const fixtures = readdirSync(kept).flatMap((version) =>
    readdirSync(new URL(version, kept)).map((name) => `${version}/${name}`),
  );
  it.each(fixtures)('still reads %s, which that version wrote', (name) => {
    const text = readFileSync(new URL(name, kept), 'utf8').trimEnd();
    const record = decodeRunRecord(text, name);
    expect(record.endpoints.length).toBeGreaterThan(0);
    expect(encodeRunRecord(record)).toBe(text.replace('tailgate.run/1', 'tailgate.run/2'));
  });
});

describe('encodeRunRecord', () => {
  it('writes what the published schema describes', () => {
    const valid = isValid(JSON.parse(encodeRunRecord(aFullRecord())));
    expect(isValid.errors).toBeNull();
    expect(valid).toBe(true);
  });

  it('does not write what the published schema forbids', () => {
    expect(isValid(JSON.parse(changed((json) => Object.assign(json, { durationMs: -1 }))))).toBe(false);
  });

  it('does not depend on the order of keys', () => {
    const record = aFullRecord();
    const backwards = Object.fromEntries(Object.entries(record).reverse()) as unknown as RunRecord;
    const provenance = Object.fromEntries(Object.entries(record.provenance).reverse());
    expect(encodeRunRecord({ ...backwards, provenance })).toBe(encodeRunRecord(record));
  });

  it('takes at most 30 kB packed for ten minutes of 12 endpoints at 12 requests per block', () => {
    let state = 1;
    const random = () => {
      state = (state * 1664525 + 1013904223) % 2 ** 32;
      return state / 2 ** 32;
    };
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const samples = Array.from({ length: 12 * 120 * 12 }, (_, i) => {
      const endpoint = i % 12;
      const durationMs = Math.round((10 + endpoint * 15) * Math.exp(0.4 * normal()) * 1e6) / 1e6;
      const endedAtMs = runStartMs + (i / (12 * 120 * 12)) * 600_000;
      return aRequest({ name: `http://shop.example/endpoint-${'abcdefghijkl'[endpoint]}`, endedAtMs, durationMs });
    });
    const packed = gzipSync(encodeRunRecord(collected(samples)));
    expect(packed.length).toBeLessThan(30_000);
  });
});
