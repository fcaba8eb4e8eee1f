import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkedOutput, type K6Arguments } from './k6-arguments.ts';

/** The k6 that makes the load. */
export interface K6Binary {
  readonly path: string;
  /** Without `v`: `2.2.0`. */
  readonly version: string;
  readonly major: number;
}

/**
 * Arguments of `k6 run` for one script. The script runs as it is: no tags, no summary mode and no load options are
 * added; the user's outputs stay beside ours, because `--out` on the command line replaces those of the environment and
 * of the configuration file.
 */
export function k6RunArguments(options: {
  readonly k6: K6Binary;
  readonly script: string;
  readonly user: K6Arguments;
  readonly outputs: readonly string[];
  /** Absent: no summary is written. */
  readonly summaryExport: string | undefined;
  readonly duration?: string;
  /** In place of those that flags, script and environment ask for; absent: those stay. */
  readonly systemTags?: readonly string[] | undefined;
}): readonly string[] {
  const { k6, user } = options;
  return [
    'run',
    '--quiet',
    // k6 1.x serves its REST API by default, on a port that may be taken; 2.x doesn't.
    ...(k6.major < 2 && !user.hasAddress ? ['--address', ''] : []),
    '--no-usage-report',
    '--log-format',
    'json',
    '--log-output',
    'stderr',
    '--out',
    'json=-',
    ...options.outputs.flatMap((output) => ['--out', output]),
    ...(options.summaryExport === undefined ? [] : ['--summary-export', options.summaryExport]),
    ...(options.duration === undefined ? [] : ['--duration', options.duration]),
    ...(options.systemTags === undefined ? [] : ['--system-tags', options.systemTags.join(',')]),
    ...user.kept,
    options.script,
  ];
}

/** Without these, requests of several endpoints, outcomes or scenarios could not be told apart. */
const neededTags = ['name', 'method', 'status', 'scenario', 'group', 'check', 'expected_response', 'error_code'];
const otherTags = ['proto', 'subproto', 'url', 'error', 'tls_version', 'service', 'ip', 'ocsp_status', 'vu', 'iter'];

/**
 * The system tags to ask k6 for: all that the user listed, and those that measuring needs, `groupBy` among them where it
 * is one. Undefined where nothing is missing. `listed` are those of script, environment and configuration file, of which
 * k6 takes one list and forgets the others; the flag beats them all.
 */
export function systemTagsFor(
  user: K6Arguments,
  listed: readonly string[],
  groupBy: string | undefined,
): readonly string[] | undefined {
  const tags = user.systemTags ?? listed;
  const wanted = [...neededTags, ...otherTags.filter((tag) => tag === groupBy)];
  const missing = wanted.filter((tag) => !tags.includes(tag));
  return missing.length === 0 ? user.systemTags : [...tags, ...missing];
}

/** The outputs that k6 would use without us: flags beat `K6_OUT`, which beats the configuration file. */
export async function userOutputs(
  user: K6Arguments,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  if (user.outputs.length > 0) return user.outputs;
  const fromEnvironment = environment['K6_OUT'];
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return fromEnvironment.split(',').map((output) => checkedOutput(output.trim(), `K6_OUT=${fromEnvironment}`));
  }
  const path = user.configPath ?? environment['K6_CONFIG'] ?? join(homedir(), '.config', 'k6', 'config.json');
  const text = await readFile(path, 'utf8').catch(() => '{}');
  return outputsIn(text).map((output) => checkedOutput(output, `"out" in ${path}`));
}

/** A configuration file that isn't JSON is k6's to complain about. */
function outputsIn(text: string): readonly string[] {
  try {
    const config: unknown = JSON.parse(text);
    const out = typeof config === 'object' && config !== null && 'out' in config ? config.out : undefined;
    return Array.isArray(out) ? out.filter((entry) => typeof entry === 'string') : [];
  } catch {
    return [];
  }
}
