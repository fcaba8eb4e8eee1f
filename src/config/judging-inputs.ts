import { isTail, judgedQuantiles, quantiles } from '../core/thresholds/quantiles.ts';
import type { Sensitivity } from '../core/thresholds/thresholds.ts';
import type { FailOn } from '../core/verdict/build-verdict.ts';
import type { Config, Mode } from './config.ts';
import { input, lines, text } from './input-spec.ts';
import { type MarginInput, marginInput } from './margin-input.ts';
import { parseOverride } from './parse-override.ts';
import { parseDuration, parsePercent, parsePercentagePoints } from './parse-quantity.ts';
import { parseChoice, splitLines, splitList } from './parse-text.ts';
import { invalid, type Parsed, parseEach, valid } from './parsed.ts';

const modes = ['auto', 'stored', 'duet', 'record', 'calibrate', 'measure', 'decide'] as const satisfies readonly Mode[];
const sensitivities = ['strict', 'balanced', 'sensitive'] as const satisfies readonly Sensitivity[];
const failOnChoices = [
  'regressed',
  'k6-thresholds',
  'inconclusive',
  'no-baseline',
  'invalid',
  'never',
] as const satisfies readonly FailOn[];

/** Inputs that say what is compared with what, which change matters, and what makes a build red. */
export const judgingInputs = {
  mode: input({
    group: 'how to compare',
    actionType: { type: 'enum', values: modes },
    default: 'auto',
    description:
      '`duet` measures beside `baseline-url`, `stored` compares with the stored runs (and settles a suspicion beside `baseline-url` where there is one), `record` stores this run without a verdict, `calibrate` measures equal code on both sides, `measure` measures and leaves the verdict to a job in mode `decide`, which measures nothing and decides about what other jobs measured; `auto` is a duet where there is a `baseline-url`, records on a push to the default branch, and compares with the stored runs otherwise.',
    example: 'record',
    parse: (raw) => parseChoice(raw, modes),
  }),
  'baseline-store': input({
    group: 'how to compare',
    actionType: text,
    default: 'dir:.tailgate/baselines',
    description:
      'Where the runs of the default branch are kept: branch:NAME (an orphan branch of the repository) or dir:PATH. On GitHub branch:tailgate-baselines unless said otherwise.',
    example: 'dir:../baselines',
    parse: parseStore,
  }),
  environment: input({
    group: 'how to compare',
    actionType: text,
    description: 'Label of where the target runs. Runs of different labels are never compared.',
    example: 'preview',
    parse: (raw) =>
      /^[\w.-]{1,60}$/.test(raw) ? valid(raw) : invalid('up to 60 letters, digits, dots, dashes, underscores'),
  }),
  'warm-up': input({
    group: 'how to compare',
    actionType: text,
    defaultMeaning: "10s or a tenth of the duration, whichever is less, and never less than the script's own ramp",
    description: 'Time at the start of the load that is not judged.',
    example: '15s',
    parse: (raw) => parseDuration(raw, 0),
  }),
  'time-budget': input({
    group: 'how to compare',
    actionType: text,
    defaultMeaning: "the script's duration, in a duet 3m a side, in a calibration 5m",
    description:
      'Longest load that one measurement is judged by; the warm-up comes on top. Settling a suspicion takes a measurement of its own.',
    example: '3m',
    parse: (raw) => parseDuration(raw, 1000),
  }),
  ...quantileMarginInputs(),
  'min-latency-increase': input({
    group: 'thresholds',
    actionType: text,
    default: '5ms',
    description: 'Slowdowns of fewer milliseconds never fail, however large the percentage.',
    example: '10ms',
    parse: (raw) => parseDuration(raw, 0),
  }),
  'max-error-rate-increase': input({
    group: 'thresholds',
    actionType: text,
    default: '0.5pp',
    description: 'Rise of the share of failed requests that an endpoint may have, in percentage points.',
    example: '1pp',
    parse: parsePercentagePoints,
  }),
  overrides: input({
    group: 'thresholds',
    actionType: lines,
    description: `Other margins for single endpoints, one a line: ENDPOINT [${judgedQuantiles.join('|')}]: PERCENT DURATION POINTS, any of the three; \`*\` in the endpoint stands for any text.`,
    example: 'GET /checkout p95: 5% 20ms',
    parse: (raw) => parseEach(splitLines(raw), parseOverride),
  }),
  sensitivity: input({
    group: 'thresholds',
    actionType: { type: 'enum', values: sensitivities },
    default: 'balanced',
    description:
      '`strict` fails only when the whole uncertainty lies beyond the margin, `balanced` when the estimate does, `sensitive` does so with the latency margins halved.',
    example: 'strict',
    parse: (raw) => parseChoice(raw, sensitivities),
  }),
  config: input({
    group: 'thresholds',
    actionType: text,
    default: '.tailgate.yml',
    description: 'Configuration file with the same keys; inputs win over it.',
    example: 'load/.tailgate.yml',
    parse: (raw) => valid(raw),
  }),
  'fail-on': input({
    group: 'policy',
    actionType: { type: 'list', separator: ',', values: failOnChoices },
    default: 'regressed, k6-thresholds, invalid',
    description: 'Verdicts that make the build red.',
    example: 'regressed, k6-thresholds, invalid, inconclusive',
    parse: parseFailOn,
  }),
  'report-dir': input({
    group: 'results',
    actionType: text,
    default: 'tailgate-report',
    description: 'Directory that the report and the run record are written to.',
    example: 'out/tailgate',
    parse: (raw) => valid(raw),
  }),
};

/** `max-p95-increase` and its likes: the slowdown that an endpoint may have, one input per quantile that is judged. */
function quantileMarginInputs() {
  const specs = judgedQuantiles.map((name) => {
    const percent = Math.round(quantiles[name].usualMargin * 100);
    const what = isTail(name) ? name : `${name}, the median,`;
    const spec = input({
      group: 'thresholds',
      actionType: text,
      default: `${percent}%`,
      description: `Slowdown of ${what} that an endpoint may have.`,
      example: `${percent + 5}%`,
      parse: parsePercent,
    });
    return [marginInput(name), spec] as const;
  });
  return Object.fromEntries(specs) as Record<MarginInput, (typeof specs)[number][1]>;
}

function parseStore(raw: string): Parsed<Config['baselineStore']> {
  const [, kind, rest = ''] = /^(dir|branch):(.*)$/.exec(raw) ?? [];
  const place = rest.trim();
  if (kind === 'dir' && place !== '') return valid({ kind: 'directory', path: place });
  if (kind === 'branch' && isBranchName(place)) return valid({ kind: 'branch', name: place });
  return invalid(kind === 'branch' ? 'branch:NAME, the name as git allows it' : 'branch:NAME or dir:PATH');
}

/** What `git check-ref-format --branch` takes, without what a shell or an address could read otherwise. */
function isBranchName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,99}$/.test(name) && !/\.\.|\/[./]|\.lock(\/|$)|[./]$/.test(name);
}

function parseFailOn(raw: string): Parsed<FailOn[]> {
  const chosen = parseEach(splitList(raw), (item) => parseChoice(item, failOnChoices));
  if (!chosen.isValid) return chosen;
  const distinct = [...new Set(chosen.value)];
  if (distinct.includes('never') && distinct.length > 1) return invalid('never alone, or a list without it');
  return distinct.length === 0 ? invalid('at least one verdict, or never') : valid(distinct);
}
