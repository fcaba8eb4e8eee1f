import { execFile } from 'node:child_process';
import * as v from 'valibot';
import type { K6Arguments } from '../binary/k6-arguments.ts';
import type { K6Binary } from '../binary/k6-command.ts';
import { readableMessage } from '../output/k6-log.ts';
import { parseOrUndefined } from '../output/parse-k6-json.ts';
import { parseGoDuration } from './load-model.ts';

/** What k6 says about a script before any load. */
export interface ScriptInspection {
  readonly scenarios: Readonly<Record<string, Scenario>>;
  /** Longest possible run, graceful stops included. */
  readonly totalDurationMs: number;
  readonly setupTimeoutMs: number;
  readonly teardownTimeoutMs: number;
  readonly usesBrowser: boolean;
  readonly skipsCertificateCheck: boolean;
  /** The list that script, environment and configuration file come to; k6's own where none of them has one. */
  readonly systemTags: readonly string[];
}

export type Inspected =
  | { readonly kind: 'inspected'; readonly inspection: ScriptInspection }
  /** k6 can't load the script; `detail` is its own first line with the place in the script. */
  | { readonly kind: 'unusable'; readonly detail: string; readonly code: number | undefined };

const duration = v.pipe(
  v.nullish(v.string(), ''),
  v.transform((text) => parseGoDuration(text) ?? 0),
);
const stages = v.nullish(v.array(v.object({ duration, target: v.nullish(v.number(), 0) })), []);

const scenarioSchema = v.object({
  executor: v.string(),
  startTime: duration,
  exec: v.nullish(v.string(), 'default'),
  env: v.nullish(v.record(v.string(), v.string()), {}),
  options: v.nullish(v.looseObject({ browser: v.optional(v.unknown()) }), {}),
  rate: v.nullish(v.number(), 0),
  startRate: v.nullish(v.number(), 0),
  timeUnit: v.nullish(v.string(), '1s'),
  duration,
  maxDuration: duration,
  stages,
  startVUs: v.nullish(v.number()),
  vus: v.nullish(v.number()),
  iterations: v.nullish(v.number()),
});

/** One scenario with its durations in ms; figures that its executor doesn't have are 0 or empty. */
export type Scenario = v.InferOutput<typeof scenarioSchema>;

const inspectionSchema = v.object({
  scenarios: v.nullish(v.record(v.string(), scenarioSchema), {}),
  totalDuration: duration,
  setupTimeout: duration,
  teardownTimeout: duration,
  insecureSkipTLSVerify: v.nullish(v.boolean(), false),
  systemTags: v.nullish(v.array(v.string()), []),
});

const defaultHookTimeoutMs = 60_000;
const inspectTimeoutMs = 60_000;

/** Asks `k6 inspect` about `script`, with the environment that it will run in. No load is made. */
export async function inspectScript(options: {
  readonly k6: K6Binary;
  readonly script: string;
  readonly user: K6Arguments;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly signal: AbortSignal;
}): Promise<Inspected> {
  const environment = { ...options.environment, ...options.user.inspectEnvironment };
  let answer = await runInspect(options, environment);
  // Unlike `k6 run`, the inspection doesn't assume one VU where a script gives only a duration.
  if (answer.code !== 0 && answer.stderr.includes('number of VUs must be more than 0')) {
    answer = await runInspect(options, { ...environment, K6_VUS: '1' });
  }
  if (answer.code !== 0) {
    return { kind: 'unusable', detail: firstError(answer.stderr, options.directory), code: answer.code };
  }
  const parsed = v.safeParse(inspectionSchema, parseOrUndefined(answer.stdout));
  if (!parsed.success) {
    const problem = v.flatten(parsed.issues);
    return { kind: 'unusable', detail: `k6 inspect answered in an unknown form: ${JSON.stringify(problem)}`, code: 0 };
  }
  const { scenarios, totalDuration, setupTimeout, teardownTimeout, insecureSkipTLSVerify, systemTags } = parsed.output;
  const asked = options.user.kept.includes('--insecure-skip-tls-verify');
  return {
    kind: 'inspected',
    inspection: {
      scenarios,
      totalDurationMs: totalDuration,
      setupTimeoutMs: setupTimeout || defaultHookTimeoutMs,
      teardownTimeoutMs: teardownTimeout || defaultHookTimeoutMs,
      usesBrowser: Object.values(scenarios).some((scenario) => scenario.options['browser'] !== undefined),
      skipsCertificateCheck: insecureSkipTLSVerify || asked,
      systemTags,
    },
  };
}

/** Does the script itself define scenarios or stages, which a duration given from outside would replace? */
export async function hasOwnLoad(options: Parameters<typeof inspectScript>[0]): Promise<boolean> {
  const answer = await runInspect(options, options.environment, []);
  const raw = v.safeParse(
    v.looseObject({ scenarios: v.nullish(v.unknown()), stages: v.nullish(v.unknown()) }),
    parseOrUndefined(answer.stdout),
  );
  return (
    raw.success && ((raw.output.scenarios ?? undefined) !== undefined || (raw.output.stages ?? undefined) !== undefined)
  );
}

interface InspectAnswer {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function runInspect(
  options: {
    readonly k6: K6Binary;
    readonly script: string;
    readonly user: K6Arguments;
    readonly directory: string;
    readonly signal: AbortSignal;
  },
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = ['--execution-requirements'],
): Promise<InspectAnswer> {
  const args = [
    'inspect',
    ...flags,
    '--include-system-env-vars',
    '--log-format',
    'json',
    '--log-output',
    'stderr',
    ...options.user.inspect,
    options.script,
  ];
  const { directory: cwd, signal } = options;
  const settings = { cwd, signal, env: environment, timeout: inspectTimeoutMs, maxBuffer: 64 << 20 };
  return new Promise((resolve) => {
    execFile(options.k6.path, args, settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

function firstError(stderr: string, directory: string): string {
  for (const line of stderr.split('\n')) {
    const entry = parseOrUndefined(line);
    if (typeof entry !== 'object' || entry === null) continue;
    const { level, msg, error } = entry as Record<string, unknown>;
    if (level !== 'error' || typeof msg !== 'string') continue;
    return readableMessage({ msg, ...(typeof error === 'string' ? { error } : {}) }, directory);
  }
  return stderr.trim().split('\n')[0] || 'k6 inspect gave no reason';
}
