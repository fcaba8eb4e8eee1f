import { input, lines, text } from './input-spec.ts';
import { parseDuration, parseRate } from './parse-quantity.ts';
import {
  parseArguments,
  parseEnvironment,
  parseHeader,
  parseSideAddress,
  parseStatuses,
  parseUrl,
  parseVariableNames,
  splitLines,
} from './parse-text.ts';
import { invalid, valid } from './parsed.ts';

/** Inputs that say what load is made, against what, and when the target counts as ready. */
export const loadInputs = {
  'target-url': input({
    group: 'what to run',
    actionType: text,
    description:
      'Address of the deployment to test. Required wherever load is made; left empty on a push to the default branch, the run of the merged pull request is stored in place of a new one. `deployment:ENVIRONMENT` takes it from the GitHub deployment of the commit that is judged, and waits for it; needs `deployments: read`.',
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
    actionType: text,
    defaultMeaning: 'workflow and job; on the command line `tailgate`',
    description: 'What this gate is called. Runs of one name are compared with each other.',
    example: 'checkout-api',
    parse: (raw) =>
      /^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.test(raw) ? valid(raw) : invalid('1 to 100 printable characters on one line'),
  }),
  duration: input({
    group: 'what to run',
    actionType: text,
    defaultMeaning: 'as the script says',
    description: 'Length of the load. Not for a script that defines its own scenarios.',
    example: '2m',
    parse: (raw) => parseDuration(raw, 1000),
  }),
  rate: input({
    group: 'what to run',
    actionType: text,
    defaultMeaning: 'as the script says',
    description: 'Iterations started in a time. Not for a script that defines its own scenarios.',
    example: '20/s',
    parse: parseRate,
  }),
  'k6-version': input({
    group: 'what to run',
    actionType: text,
    defaultMeaning: 'that of the stored runs, otherwise the k6 on the PATH, otherwise the newest tested one',
    description: 'Version of k6 to use.',
    example: '2.2.0',
    parse: (raw) => {
      const version = /^v?(\d+\.\d+\.\d+)$/.exec(raw)?.[1];
      return version === undefined ? invalid('a k6 version of three numbers') : valid(version);
    },
  }),
  'k6-path': input({
    group: 'what to run',
    actionType: text,
    description: 'Path of a k6 binary of your own, with extensions for instance.',
    example: './bin/k6',
    parse: (raw) => valid(raw),
  }),
  'k6-args': input({
    group: 'what to run',
    actionType: text,
    description: 'Further arguments of `k6 run`, quoted as in a shell.',
    example: '--tag team=shop --insecure-skip-tls-verify',
    parse: parseArguments,
  }),
  'k6-mirror': input({
    group: 'what to run',
    actionType: text,
    defaultMeaning: "k6's releases on GitHub",
    description: 'Base address for downloading k6 where GitHub is out of reach.',
    example: 'https://mirror.example.com/k6',
    parse: parseUrl,
  }),
  env: input({
    group: 'what to run',
    actionType: lines,
    isSecret: true,
    description:
      'Environment variables for the script, KEY=VALUE lines; a bare NAME passes that variable through. `{url}` and `{host}` are filled in.',
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
  'wait-path': input({
    group: 'readiness',
    actionType: text,
    default: '/',
    description: 'Path that is asked until the target is ready: three good answers in a row.',
    example: '/health',
    parse: (raw) => (/^\/[^\s#]*$/.test(raw) ? valid(raw) : invalid('a path that begins with /, without blanks')),
  }),
  'wait-status': input({
    group: 'readiness',
    actionType: { type: 'list', separator: ',' },
    defaultMeaning: '200-399; at the path / also 400-499, since many services have no page there',
    description: 'Statuses that mean ready.',
    example: '200, 204',
    parse: parseStatuses,
  }),
  'wait-body': input({
    group: 'readiness',
    actionType: text,
    description:
      'Text that the ready answer must contain, such as the commit of the deployment. A login page is taken for the service only with it.',
    example: '"status":"ok"',
    parse: (raw) => valid(raw),
  }),
  'wait-timeout': input({
    group: 'readiness',
    actionType: text,
    default: '2m',
    description: 'How long to wait for the target.',
    example: '5m',
    parse: (raw) => parseDuration(raw, 1000),
  }),
  'bypass-header': input({
    group: 'readiness',
    actionType: text,
    isSecret: true,
    description:
      "Header that lets requests through a preview's protection, as NAME: VALUE. Sent to the target's host only, by the readiness check and by the load.",
    example: 'x-preview-bypass: SECRET',
    parse: parseHeader,
  }),
};
