import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { MeasureOptions } from '../../src/adapters/k6/run/measure-options.ts';
import { measureWithK6 } from '../../src/adapters/k6/run/measure-with-k6.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { encodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import type { Measurement } from '../../src/ports.ts';
import { k6Binary } from './k6-binary.ts';
import { keptOutput, usedSecret } from './kept-output.ts';
import { type RecordedLog, recordedLog } from './recorded-log.ts';

export const k6Fixtures = resolve(import.meta.dirname, '../fixtures-k6');

export interface MeasureRequest extends Partial<Omit<MeasureOptions, 'k6' | 'target'>> {
  readonly url: string;
  readonly version?: '2.2.0' | '1.8.1';
  readonly urlVariables?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Measures with a real k6; everything that a test doesn't say has a plain value. */
export async function measureScript(request: MeasureRequest): Promise<{ measurement: Measurement; log: RecordedLog }> {
  const { signal } = request;
  const { options, log } = await someMeasureOptions(request);
  usedSecret(options.bypassHeader?.value ?? '');
  const measurement = await measureWithK6(options).measure(signal ?? new AbortController().signal);
  keptOutput(
    'measurement',
    measurement.kind === 'measured' ? encodeRunRecord(measurement.record) : JSON.stringify(measurement),
  );
  return { measurement, log };
}

export async function someMeasureOptions(
  request: MeasureRequest,
): Promise<{ options: MeasureOptions; log: RecordedLog }> {
  const { url, version = '2.2.0', urlVariables, signal: _, ...given } = request;
  const log = recordedLog();
  const options: MeasureOptions = {
    k6: { path: await k6Binary(version), version, major: Number(version[0]) },
    target: urlVariables === undefined ? { url } : { url, urlVariables },
    scripts: ['steady.js'],
    env: {},
    passThroughNames: [],
    k6Args: [],
    warmUpMs: 0,
    blockLengthMs: 1_000,
    name: 'test',
    provenance: {},
    wait: { path: '/', statuses: [{ lowest: 100, highest: 599 }], timeoutMs: 2_000 },
    environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    directory: k6Fixtures,
    log,
    clock: { now: () => Date.now() },
    ...given,
  };
  return { options, log };
}

/** The record of a measurement that must have succeeded. */
export function recordOf({ measurement }: { measurement: Measurement }): RunRecord {
  if (measurement.kind === 'measured') return measurement.record;
  throw new Error(`not measured: ${measurement.reason}: ${measurement.detail}`);
}

/** Writes scripts that only one test needs, into a folder that disappears with it. */
export async function scriptFolder(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tailgate-scripts-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
