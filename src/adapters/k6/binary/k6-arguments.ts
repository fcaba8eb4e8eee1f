import { GateError } from '../../../errors.ts';

/** The user's own k6 flags, taken apart as far as running k6 for them needs it. */
export interface K6Arguments {
  /** Everything that is passed on as it is. Outputs aren't among it: they are merged with ours. */
  readonly kept: readonly string[];
  readonly outputs: readonly string[];
  /** Flags that `k6 inspect` understands as well. */
  readonly inspect: readonly string[];
  /** Load options that `k6 inspect` takes only from the environment. */
  readonly inspectEnvironment: Readonly<Record<string, string>>;
  readonly configPath?: string;
  /** The user's own summary file, which then serves us too. */
  readonly summaryExport?: string;
  readonly hasAddress: boolean;
  /** The user's own list of system tags, to which those are added that measuring needs. */
  readonly systemTags?: readonly string[];
}

const shortFlags: Readonly<Record<string, string>> = {
  u: 'vus',
  d: 'duration',
  i: 'iterations',
  s: 'stage',
  p: 'paused',
  w: 'throw',
  t: 'type',
  e: 'env',
  o: 'out',
  l: 'linger',
  h: 'help',
  a: 'address',
  c: 'config',
  q: 'quiet',
  v: 'verbose',
};

/** Flags without a value; all others take the next argument unless they are written with `=`. */
const flagsWithoutValue = new Set(
  (
    'paused no-setup no-teardown insecure-skip-tls-verify no-connection-reuse no-vu-connection-reuse throw ' +
    'discard-response-bodies include-system-env-vars no-thresholds no-summary new-machine-readable-summary linger ' +
    'no-usage-report help no-color profiling-enabled quiet verbose http-debug'
  ).split(' '),
);

/** Flags with a value, of k6 1.8 and 2.2. Other versions and k6 with extensions may have more. */
const valueFlags = new Set(
  (
    'vus duration iterations stage execution-segment execution-segment-sequence max-redirects batch batch-per-host rps ' +
    'user-agent min-iteration-duration blacklist-ip block-hostnames summary-trend-stats summary-time-unit system-tags ' +
    'tag console-output local-ips dns compatibility-mode type env summary-mode summary-export traces-output out ' +
    'features address config log-format log-output secret-source'
  ).split(' '),
);

const inspectFlags = new Set([
  'env',
  'compatibility-mode',
  'type',
  'config',
  'include-system-env-vars',
  'secret-source',
]);

const loadVariables: Readonly<Record<string, string>> = {
  vus: 'K6_VUS',
  duration: 'K6_DURATION',
  iterations: 'K6_ITERATIONS',
  stage: 'K6_STAGES',
};

const refused: Readonly<Record<string, string>> = {
  linger: 'k6 would never end',
  paused: 'k6 would never start',
  help: 'nothing would run',
  'log-format': "k6's log is read while it runs, as JSON",
};

/** Reads `k6-args`. Throws `GateError` for flags under which k6 can't be measured. */
export function parseK6Arguments(args: readonly string[]): K6Arguments {
  const kept: string[] = [];
  const outputs: string[] = [];
  const inspect: string[] = [];
  const inspectEnvironment: Record<string, string> = {};
  let configPath: string | undefined;
  let summaryExport: string | undefined;
  let hasAddress = false;
  let systemTags: readonly string[] | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const flag = readFlag(args, at);
    at += flag.taken - 1;
    refuseFlag(flag);
    if (flag.name === 'out') {
      outputs.push(checkedOutput(flag.value ?? '', `--out ${flag.value ?? ''}`));
      continue;
    }
    if (flag.name === 'quiet' || flag.name === 'no-usage-report') continue;
    if (flag.name === 'config') configPath = flag.value;
    if (flag.name === 'summary-export') summaryExport = flag.value;
    if (flag.name === 'address') hasAddress = true;
    if (flag.name === 'system-tags') systemTags = namesIn(flag.value ?? '');
    if (inspectFlags.has(flag.name)) inspect.push(...flag.words);
    const variable = loadVariables[flag.name];
    if (variable !== undefined && flag.value !== undefined) {
      const earlier = flag.name === 'stage' ? inspectEnvironment[variable] : undefined;
      inspectEnvironment[variable] = earlier === undefined ? flag.value : `${earlier},${flag.value}`;
    }
    if (flag.name !== 'summary-export' && flag.name !== 'system-tags') kept.push(...flag.words);
  }
  return {
    kept,
    outputs,
    inspect,
    inspectEnvironment,
    hasAddress,
    ...(configPath === undefined ? {} : { configPath }),
    ...(summaryExport === undefined ? {} : { summaryExport }),
    ...(systemTags === undefined ? {} : { systemTags }),
  };
}

function namesIn(list: string): readonly string[] {
  return list.split(',').flatMap((name) => name.trim() || []);
}

interface Flag {
  readonly name: string;
  readonly value: string | undefined;
  /** The flag as it was written. */
  readonly words: readonly string[];
  readonly taken: number;
}

function readFlag(args: readonly string[], at: number): Flag {
  const word = args[at] ?? '';
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(word);
  const short = /^-([a-z])=?(.*)$/s.exec(word);
  if (long === null && short === null) {
    throw new GateError(
      'CONFIG_INVALID',
      `k6-args: "${word}" is neither a flag nor the value of one`,
      'Give scripts in `script`; k6-args holds flags of k6 only, such as `--tag team=shop`.',
    );
  }
  const name = long?.[1] ?? shortFlags[short?.[1] ?? ''] ?? short?.[1] ?? '';
  const attached = long === null ? short?.[2] || undefined : long[2];
  if (attached !== undefined || flagsWithoutValue.has(name)) return { name, value: attached, words: [word], taken: 1 };
  const value = args[at + 1];
  if (!valueFlags.has(name) && (value === undefined || value.startsWith('-'))) {
    throw new GateError(
      'CONFIG_INVALID',
      `k6-args: unknown flag ${word}`,
      `The help of k6's own command \`run\` lists them all. If your k6 has this one, write it as ${word}=VALUE.`,
    );
  }
  if (value === undefined) {
    throw new GateError(
      'CONFIG_INVALID',
      `k6-args: ${word} has no value`,
      `Write it as ${word}=VALUE, or leave it out.`,
    );
  }
  return { name, value, words: [word, value], taken: 2 };
}

function refuseFlag({ name, value, words }: Flag): void {
  const written = words.join(' ');
  const reason = refused[name];
  if (reason !== undefined && value !== 'false') {
    throw new GateError('CONFIG_INVALID', `k6-args: ${written} can't be used: ${reason}`, 'Leave the flag out.');
  }
  if (name === 'log-output' && value !== 'stderr') {
    throw new GateError(
      'CONFIG_INVALID',
      `k6-args: ${written} can't be used: k6's log is read from stderr to count iterations that throw`,
      'Leave the flag out; everything that k6 logs is shown.',
    );
  }
}

/**
 * Throws `GateError` for what k6 2 no longer has, with what to write instead: k6 itself would only say that it doesn't
 * know it.
 */
export function refuseRemovedSettings(
  { kept }: K6Arguments,
  environment: Readonly<Record<string, string | undefined>>,
  major: number,
): void {
  if (major < 2) return;
  const [flag, hint] =
    kept.find((word) => /^--no-summary(?:=|$)/.test(word)) !== undefined
      ? ['k6-args: --no-summary', 'Write --summary-mode=disabled in its place.']
      : /(?:^| )--summary-mode[ =]legacy(?: |$)/.test(kept.join(' '))
        ? ['k6-args: --summary-mode=legacy', 'Leave it out, or write --summary-mode=full.']
        : environment['K6_SUMMARY_MODE'] === 'legacy'
          ? ['K6_SUMMARY_MODE=legacy', 'Unset it for this step, or set it to full.']
          : [];
  if (flag === undefined || hint === undefined) return;
  throw new GateError('CONFIG_INVALID', `${flag} can't be used: k6 2 no longer has it`, hint);
}

/** An output of the user's own; `source` is how it was given. Throws `GateError` when it would write to stdout. */
export function checkedOutput(output: string, source: string): string {
  const [kind = '', target = ''] = splitOnce(output, '=');
  if ((kind === 'json' || kind === 'csv') && (target === '' || target === '-')) {
    throw new GateError(
      'CONFIG_INVALID',
      `${source} can't be used: k6's standard output carries the measurements`,
      `Name a file instead, such as ${kind}=results.${kind}.`,
    );
  }
  return output;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
