import { input, text } from './input-spec.ts';
import { parseChoice, parseSideAddress } from './parse-text.ts';
import { valid } from './parsed.ts';

const orders = ['auto', 'concurrent', 'alternating'] as const;
const placements = ['auto', 'one-deployment', 'one-host', 'separate-hosts'] as const;

/** Inputs that matter where two deployments are measured side by side. */
export const duetInputs = {
  'baseline-url': input({
    group: 'how to compare',
    actionType: text,
    description:
      'Address of a deployment to compare with, such as staging or the base commit. Both are then measured at the same time, which sees much smaller changes. `deployment:ENVIRONMENT` takes the latest successful GitHub deployment of that environment.',
    example: 'https://staging.example.com',
    parse: parseSideAddress,
  }),
  'duet-order': input({
    group: 'how to compare',
    actionType: { type: 'enum', values: orders },
    default: 'auto',
    description:
      'Whether both sides of a duet run at once or in turn, in short rounds of random order; in turn for targets that must not run at once.',
    example: 'alternating',
    parse: (raw) => parseChoice(raw, orders),
  }),
  placement: input({
    group: 'how to compare',
    actionType: { type: 'enum', values: placements },
    default: 'auto',
    description:
      'Where the two sides of a duet run. Equal code differs more the further apart it runs; auto looks at the addresses.',
    example: 'separate-hosts',
    parse: (raw) => parseChoice(raw, placements),
  }),
  'reset-command': input({
    group: 'what to run',
    actionType: text,
    description:
      'Shell command that brings the data of a side into a known state; runs before each pass, with TAILGATE_SIDE (baseline or candidate) and TAILGATE_URL.',
    example: './reset-database.sh "$TAILGATE_SIDE"',
    parse: (raw) => valid(raw),
  }),
  'restart-command': input({
    group: 'how to compare',
    actionType: text,
    description:
      'Shell command that starts the code of TAILGATE_SIDE (baseline or candidate) afresh at TAILGATE_URL. A duet then has three parts with a restart before each, in the second with the addresses swapped, so that a difference must follow the code and not the place.',
    example: './restart.sh "$TAILGATE_SIDE" "$TAILGATE_URL"',
    parse: (raw) => valid(raw),
  }),
};
