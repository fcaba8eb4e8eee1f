import { input, text } from './input-spec.ts';
import { parseChoice, parseSwitch, switches } from './parse-text.ts';
import { invalid, valid } from './parsed.ts';

const narratives = ['auto', 'template', 'off'] as const;

/** Inputs that say who words the findings. */
export const narrativeInputs = {
  narrative: input({
    group: 'talking',
    actionType: { type: 'enum', values: narratives },
    default: 'auto',
    description:
      'Who puts regressions into plain English: with `auto` Claude where there is a key or a workload identity, otherwise a template; `template` never asks a model; `off` leaves the paragraph out. Numbers and names are always filled in by Tailgate.',
    example: 'template',
    parse: (raw) => parseChoice(raw, narratives),
  }),
  'anthropic-api-key': input({
    group: 'talking',
    actionType: text,
    defaultMeaning:
      'the variable `ANTHROPIC_API_KEY`; without either, workload identity federation by the variables `ANTHROPIC_FEDERATION_RULE_ID` and `ANTHROPIC_ORGANIZATION_ID`',
    description:
      'Key for the Claude API. Give it as a secret. On the command line better as a variable, since other users can read flags.',
    example: 'sk-ant-your-key',
    isSecret: true,
    parse: (raw) => (/^[\x21-\x7e]{1,500}$/.test(raw) ? valid(raw) : invalid('a key on one line, without blanks')),
  }),
  'anthropic-model': input({
    group: 'talking',
    actionType: text,
    default: 'claude-haiku-5-5',
    description:
      'Claude model that words the findings. The default is small and enough for it; `claude-sonnet-5-5` writes better.',
    example: 'claude-sonnet-5-5',
    parse: (raw) =>
      /^[A-Za-z0-9][\w.:@/-]{0,99}$/.test(raw) ? valid(raw) : invalid('the name of a model, such as claude-haiku-5-5'),
  }),
  'include-diff': input({
    group: 'talking',
    actionType: { type: 'enum', values: switches },
    default: 'false',
    description:
      'Whether Claude is also shown what changed (names and hunks of the changed files, cut, without what looks like a secret) and may guess which file is behind a slowdown. The guess is always marked as one. Needs `pull-requests: read`; not for forks.',
    example: 'true',
    parse: parseSwitch,
  }),
};
