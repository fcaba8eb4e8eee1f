import { input, lines, text } from './input-spec.ts';
import { parseChoice, splitLines } from './parse-text.ts';
import { invalid, type Parsed, valid } from './parsed.ts';

const repeats = ['auto', 'fresh', 'same-runner'] as const;

/** Inputs of a job that decides about what other jobs measured. */
export const betweenJobsInputs = {
  'report-from': input({
    group: 'how to compare',
    actionType: lines,
    defaultMeaning: 'the artifact `tailgate-NAME` of the commit that the event is about, fetched with `actions: read`',
    description:
      'In mode decide: folders with what other jobs left behind, one a line; each is a downloaded artifact `tailgate-NAME` (the report folder) or holds several of them, the jobs of a matrix. Verdicts are made anew from the runs in it.',
    example: 'artifacts',
    parse: (raw) => valid(splitLines(raw)),
  }),
  'candidate-from': input({
    group: 'how to compare',
    actionType: lines,
    description:
      'In mode decide: folders with further runs of the same candidate, made by jobs that measured it again; all of its runs are judged together.',
    example: 'confirmations',
    parse: (raw) => valid(splitLines(raw)),
  }),
  repeats: input({
    group: 'how to compare',
    actionType: { type: 'enum', values: repeats },
    default: 'auto',
    description:
      'What several runs of one candidate are to each other: `fresh` deployments on fresh machines, or made by the `same-runner`, which share their luck; `auto` takes them for fresh only where their records name different machines and deployments.',
    example: 'fresh',
    parse: (raw) => parseChoice(raw, repeats),
  }),
  jobs: input({
    group: 'how to compare',
    actionType: text,
    description:
      'Names of the jobs of a matrix that have to run, one a line or as a JSON list. In mode decide one that left nothing behind makes the build invalid; in mode measure each job ends early only when it is sure enough for its part of the alpha.',
    example: '["checkout", "search"]',
    parse: parseNames,
  }),
  'unchanged-jobs': input({
    group: 'how to compare',
    actionType: text,
    description:
      'In mode decide: names of the jobs that did not run because nothing of theirs changed, one a line or as a JSON list; the report shows them as not run.',
    example: '["catalogue"]',
    parse: parseNames,
  }),
};

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
