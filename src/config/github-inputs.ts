import { input, text } from './input-spec.ts';
import { parseChoice, parseSwitch, switches } from './parse-text.ts';
import { invalid, valid } from './parsed.ts';

const commentPolicies = ['always', 'on-change', 'on-failure', 'never'] as const;

/** Inputs that say what is shown on GitHub, with whose rights, and how a known slowdown is accepted. */
export const githubInputs = {
  'github-token': input({
    group: 'talking',
    actionType: text,
    defaultMeaning: "the job's own token; on the command line the variable `GITHUB_TOKEN`",
    description:
      'Token for what is read and written on GitHub. What it may do is said under `permissions:` of the job; each surface that it may not write is left out with a warning.',
    example: 'ghs_your-token',
    isSecret: true,
    runnerExpression: 'github.token',
    parse: (raw) => (/^[\x21-\x7e]{1,500}$/.test(raw) ? valid(raw) : invalid('a token on one line, without blanks')),
  }),
  comment: input({
    group: 'talking',
    actionType: { type: 'enum', values: commentPolicies },
    default: 'always',
    description:
      'When the pull request gets a comment, one per name and kept up to date: `always`; `on-change` once there is something to tell; `on-failure` once the build is red; `never`. Needs `pull-requests: write`.',
    example: 'on-failure',
    parse: (raw) => parseChoice(raw, commentPolicies),
  }),
  'check-run': input({
    group: 'talking',
    actionType: { type: 'enum', values: switches },
    default: 'false',
    description:
      'Whether a check run of its own (`Tailgate: NAME`), with notes at the lines of the load script, stands beside the job. Needs `checks: write`.',
    example: 'true',
    parse: parseSwitch,
  }),
  'accept-label': input({
    group: 'policy',
    actionType: text,
    default: 'tailgate-accept',
    description:
      'Label by which somebody with write permission accepts a known slowdown of a pull request, together with a comment `tailgate accept: REASON`.',
    example: 'perf-accepted',
    parse: (raw) =>
      raw.length <= 50 && !/[\r\n,]/.test(raw) ? valid(raw) : invalid('the name of a label, up to 50 characters'),
  }),
};
