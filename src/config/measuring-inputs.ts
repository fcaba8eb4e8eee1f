import type { Config, Mode } from './config.ts';
import { input, lines, matching, oneOf, setting } from './input-spec.ts';
import {
  invalid,
  type Parsed,
  parseArguments,
  parseChoice,
  parseDuration,
  parseEnvironment,
  parseHeader,
  parseNumber,
  parseRate,
  parseSideAddress,
  parseStatuses,
  parseUrl,
  parseVariableNames,
  parseWholeNumber,
  splitLines,
  valid,
} from './parse-values.ts';

const modes = ['auto', 'stored', 'duet', 'record', 'calibrate', 'measure', 'decide'] as const satisfies readonly Mode[];
const orders = ['auto', 'concurrent', 'alternating'] as const;
const placements = ['auto', 'one-deployment', 'one-host', 'separate-hosts'] as const;
const repeats = ['auto', 'fresh', 'same-runner'] as const;

/** Above it every fifth unchanged build would be red. */
const largestAlpha = 0.2;

/** Inputs that say what is measured against what: by which load, at which place, in which jobs. */
export const measuringInputs = {
  'target-url': input({
    group: 'what to run',
    description:
      'Address of the deployment to test. Required wherever load is made; left empty on a push to the default branch, the run of the merged pull request is stored in place of a new one. `deployment:ENVIRONMENT` takes it from the GitHub deployment of the commit that is judged, and waits for it; needs `deployments: read`. `tailgate compare` needs none; there it tells the requests to the target from those to other hosts.',
    example: 'https://preview-42.example.com',
    parse: parseSideAddress,
  }),
  script: input({
    group: 'what to run',
    actionType: lines,
    description:
      'Path of the k6 script, run unchanged; one path a line for several, which run one after another into one verdict. TypeScript and archives (.tar) work as well.',
    example: 'load/checkout.js',
    parse: (raw) => valid(splitLines(raw)),
  }),
  name: input({
    group: 'what to run',
    defaultMeaning: 'workflow and job; on the command line `tailgate`',
    description: 'What this gate is called. Runs of one name are compared with each other.',
    example: 'checkout-api',
    parse: matching(/^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u, '1 to 100 printable characters on one line'),
  }),
  duration: input({
    group: 'what to run',
    defaultMeaning: 'as the script says',
    description: 'Length of the load. Not for a script that defines its own scenarios.',
    example: '2m',
    parse: (raw) => parseDuration(raw, 1000),
  }),
  rate: input({
    group: 'what to run',
    defaultMeaning: 'as the script says',
    description: 'Iterations started in a time. Not for a script that defines its own scenarios.',
    example: '20/s',
    parse: parseRate,
  }),
  env: input({
    group: 'what to run',
    actionType: lines,
    isSecret: true,
    description:
      'Environment variables for the script, KEY=VALUE lines; a bare NAME passes that variable through. `{url}`, `{host}` (with its port), `{hostname}`, `{port}` and `{scheme}` are filled in.',
    example: 'API_ROOT={url}/api',
    parse: parseEnvironment,
  }),
  'baseline-env': input({
    group: 'what to run',
    actionType: lines,
    isSecret: true,
    description: 'Environment variables as in `env`, only for runs that are recorded as baselines.',
    example: 'LOGIN=staging-user',
    parse: parseEnvironment,
  }),
  'candidate-env': input({
    group: 'what to run',
    actionType: lines,
    isSecret: true,
    description: 'Environment variables as in `env`, only for runs that are judged.',
    example: 'LOGIN=preview-user',
    parse: parseEnvironment,
  }),
  'url-variable': input({
    group: 'what to run',
    actionType: { type: 'list', separator: ',' },
    default: 'BASE_URL, TARGET_URL',
    description: 'Environment variables by which the script learns the target address.',
    example: 'API_URL',
    parse: parseVariableNames,
  }),
  'k6-version': input({
    group: 'what to run',
    defaultMeaning: 'that of the stored runs, otherwise the k6 on the PATH, otherwise the newest tested one',
    description: 'Version of k6 to use.',
    example: '2.2.0',
    parse: (raw) => {
      const version = /^v?(\d+\.\d+\.\d+)$/.exec(raw)?.[1];
      return version === undefined ? invalid('a k6 version of three numbers') : valid(version);
    },
  }),
  'reset-command': input({
    group: 'what to run',
    description:
      'Shell command that brings the data of a side into a known state; runs before each pass, with TAILGATE_SIDE (baseline or candidate) and TAILGATE_URL.',
    example: './reset-database.sh "$TAILGATE_SIDE"',
    parse: (raw) => valid(raw),
  }),
  'k6-path': setting({
    group: 'what to run',
    description: 'Path of a k6 binary of your own, with extensions for instance.',
    example: './bin/k6',
    parse: (raw) => valid(raw),
  }),
  'k6-args': setting({
    group: 'what to run',
    description: 'Further arguments of `k6 run`, quoted as in a shell.',
    example: '--tag team=shop --insecure-skip-tls-verify',
    parse: parseArguments,
  }),
  'k6-mirror': setting({
    group: 'what to run',
    defaultMeaning: "k6's releases on GitHub",
    description: 'Base address for downloading k6 where GitHub is out of reach.',
    example: 'https://mirror.example.com/k6',
    parse: parseUrl,
  }),
  'warm-up': setting({
    group: 'what to run',
    defaultMeaning: "10s or a tenth of the duration, whichever is less, and never less than the script's own ramp",
    description: 'Time at the start of the load that is not judged.',
    example: '15s',
    parse: (raw) => parseDuration(raw, 0),
  }),
  'block-length': setting({
    group: 'what to run',
    defaultMeaning: '5s, in an alternating duet 10s',
    description: 'Length of a time block, the unit of the statistics within a run.',
    example: '10s',
    parse: (raw) => parseDuration(raw, 1000),
  }),
  'group-by': setting({
    group: 'what to run',
    defaultMeaning: 'the request name',
    description:
      'Tag of k6 samples that names endpoints instead, such as the operation of a GraphQL service; or `?` and a query parameter that stays in the name of a URL, such as `?action` where `/index.php` does everything.',
    example: 'operation',
    parse: (raw) => valid(raw),
  }),
  mode: input({
    group: 'how to compare',
    default: 'auto',
    description:
      '`duet` measures beside `baseline-url`, `stored` compares with the stored runs (and settles a suspicion beside `baseline-url` where there is one), `record` stores this run without a verdict, `calibrate` measures equal code on both sides, `measure` measures and leaves the verdict to a job in mode `decide`, which measures nothing and decides about what other jobs measured; `auto` is a duet where there is a `baseline-url`, records on a push to the default branch, and compares with the stored runs otherwise.',
    example: 'record',
    ...oneOf(modes),
  }),
  'baseline-url': input({
    group: 'how to compare',
    description:
      'Address of a deployment to compare with, such as staging or the base commit. Both are then measured at the same time, which sees much smaller changes. `deployment:ENVIRONMENT` takes the latest successful GitHub deployment of that environment.',
    example: 'https://staging.example.com',
    parse: parseSideAddress,
  }),
  'baseline-store': input({
    group: 'how to compare',
    default: 'dir:.tailgate/baselines',
    description:
      'Where the runs of the default branch are kept: branch:NAME (an orphan branch of the repository) or dir:PATH. On GitHub branch:tailgate-baselines unless said otherwise.',
    example: 'dir:../baselines',
    parse: parseStore,
  }),
  environment: input({
    group: 'how to compare',
    description: 'Label of where the target runs. Runs of different labels are never compared.',
    example: 'preview',
    parse: matching(/^[\w.-]{1,60}$/, 'up to 60 letters, digits, dots, dashes, underscores'),
  }),
  'time-budget': input({
    group: 'how to compare',
    defaultMeaning: "the script's duration, in a duet 3m a side, in a calibration 5m",
    description:
      'Longest load that one measurement is judged by; the warm-up comes on top. Settling a suspicion takes a measurement of its own.',
    example: '3m',
    parse: (raw) => parseDuration(raw, 1000),
  }),
  'duet-order': setting({
    group: 'how to compare',
    default: 'auto',
    description:
      'Whether both sides of a duet run at once or in turn, in short rounds of random order; in turn for targets that must not run at once.',
    example: 'alternating',
    parse: (raw) => parseChoice(raw, orders),
  }),
  placement: setting({
    group: 'how to compare',
    default: 'auto',
    description:
      'Where the two sides of a duet run. Equal code differs more the further apart it runs; auto looks at the addresses.',
    example: 'separate-hosts',
    parse: (raw) => parseChoice(raw, placements),
  }),
  'restart-command': setting({
    group: 'how to compare',
    description:
      'Shell command that starts the code of TAILGATE_SIDE (baseline or candidate) afresh at TAILGATE_URL. A duet then has three parts with a restart before each, in the second with the addresses swapped, so that a difference must follow the code and not the place.',
    example: './restart.sh "$TAILGATE_SIDE" "$TAILGATE_URL"',
    parse: (raw) => valid(raw),
  }),
  repeats: setting({
    group: 'how to compare',
    default: 'auto',
    description:
      'What several runs of one candidate are to each other: `fresh` deployments on fresh machines, or made by the `same-runner`, which share their luck; `auto` takes them for fresh only where their records name different machines and deployments.',
    example: 'fresh',
    parse: (raw) => parseChoice(raw, repeats),
  }),
  'max-repeats': setting({
    group: 'how to compare',
    default: '1',
    description:
      'How often a run that looks slower beside the stored ones is measured again before anything turns red: 0, 1 or 2 times. With 0 the one run decides.',
    example: '2',
    parse: (raw) => parseWholeNumber(raw, 0, 2),
  }),
  alpha: setting({
    group: 'how to compare',
    default: '0.05',
    description: 'Share of builds of unchanged code that may fail, over all endpoints and metrics together.',
    example: '0.01',
    parse: (raw) => parseNumber(raw, 0.001, largestAlpha),
  }),
  'wait-path': input({
    group: 'readiness',
    default: '/',
    description: 'Path that is asked until the target is ready: three good answers in a row.',
    example: '/health',
    parse: matching(/^\/[^\s#]*$/, 'a path that begins with /, without blanks'),
  }),
  'wait-timeout': input({
    group: 'readiness',
    default: '2m',
    description: 'How long to wait for the target.',
    example: '5m',
    parse: (raw) => parseDuration(raw, 1000),
  }),
  'bypass-header': input({
    group: 'readiness',
    isSecret: true,
    description:
      "Header that lets requests through a preview's protection, as NAME: VALUE. Sent to the target's host only, by the readiness check and by the load.",
    example: 'x-preview-bypass: SECRET',
    parse: parseHeader,
  }),
  'wait-status': setting({
    group: 'readiness',
    defaultMeaning: '200-399; at the path / also 400-499, since many services have no page there',
    description: 'Statuses that mean ready.',
    example: '200, 204',
    parse: parseStatuses,
  }),
  'wait-body': setting({
    group: 'readiness',
    description:
      'Text that the ready answer must contain, such as the commit of the deployment. A login page is taken for the service only with it.',
    example: '"status":"ok"',
    parse: (raw) => valid(raw),
  }),
  'report-from': input({
    group: 'between jobs',
    actionType: lines,
    defaultMeaning: 'the artifact `tailgate-NAME` of the commit that the event is about, fetched with `actions: read`',
    description:
      'In mode decide: folders with what other jobs left behind, one a line; each is a downloaded artifact `tailgate-NAME` (the report folder) or holds several of them, the jobs of a matrix. Verdicts are made anew from the runs in it.',
    example: 'artifacts',
    parse: (raw) => valid(splitLines(raw)),
  }),
  'candidate-from': input({
    group: 'between jobs',
    actionType: lines,
    description:
      'In mode decide: folders with further runs of the same candidate, made by jobs that measured it again; all of its runs are judged together.',
    example: 'confirmations',
    parse: (raw) => valid(splitLines(raw)),
  }),
  jobs: input({
    group: 'between jobs',
    description:
      'Names of the jobs of a matrix that have to run, one a line or as a JSON list. In mode decide one that left nothing behind makes the build invalid; in mode measure each job ends early only when it is sure enough for its part of the alpha.',
    example: '["checkout", "search"]',
    parse: parseNames,
  }),
  'unchanged-jobs': input({
    group: 'between jobs',
    description:
      'In mode decide: names of the jobs that did not run because nothing of theirs changed, one a line or as a JSON list; the report shows them as not run.',
    example: '["catalogue"]',
    parse: parseNames,
  }),
};

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

const maxNames = 256;

function parseNames(raw: string): Parsed<string[]> {
  const expected = `up to ${maxNames} names, one a line or as a JSON list of texts`;
  const names = raw.startsWith('[') ? namesInJson(raw) : splitLines(raw);
  if (names === undefined || names.length > maxNames) return invalid(expected);
  return valid([...new Set(names)]);
}

function namesInJson(raw: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(raw);
    const isNames = Array.isArray(list) && list.every((name) => typeof name === 'string' && name.trim() !== '');
    return isNames ? (list as string[]) : undefined;
  } catch {
    return undefined;
  }
}
