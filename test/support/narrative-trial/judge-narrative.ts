import type { Narrative, Span } from '../../../src/core/narrative/narrative.ts';
import type { Report } from '../../../src/core/report/model/report-model.ts';
import { narrativeMarkdown } from '../../../src/core/report/render/markdown-report.ts';
import { reportJson } from '../../../src/core/report/render/report-json.ts';
import { textsOf } from '../../../src/core/report/render/table-text.ts';
import { intruders, seePage } from './inspect-markdown.ts';

/** What is false or dangerous in a published paragraph, found without the checker's own lists. */
export interface Faults {
  readonly numbers: readonly string[];
  readonly directions: readonly string[];
  readonly markup: readonly string[];
  /** Guesses that aren't marked, name another file than a changed one, or say more than that something may be so. */
  readonly guesses: readonly string[];
}

/** `paths` are those of the files that the model was shown, by themselves and with each line that was. */
export function judgeNarrative(whole: Narrative, report: Report, paths: readonly string[]): Faults {
  const { told, guess } = parted(whole);
  return {
    numbers: [...strayNumbers(told), ...foreignNumbers(told, report)],
    directions: told.model === undefined ? falseVerbs(told, report) : falseWords(told, report),
    markup: intruders(seePage(narrativeMarkdown(whole)), ['p', 'code', 'sub']),
    guesses: [...strangeNames(told, report, []), ...(guess === undefined ? [] : falseGuess(guess, report, paths))],
  };
}

const mark = 'A guess from the changed files, not a measurement: ';

/** What is told of the findings, and the guess behind our mark. */
function parted(whole: Narrative): { told: Narrative; guess?: Narrative } {
  const at = whole.spans.findIndex((span) => isText(span) && span.text.includes(mark));
  const span = whole.spans[at];
  if (span === undefined) return { told: whole };
  const [before = '', ...after] = span.text.split(mark);
  return {
    told: { ...whole, spans: [...whole.spans.slice(0, at), { kind: 'text', text: before }] },
    guess: { ...whole, spans: [{ kind: 'text', text: after.join(mark) }, ...whole.spans.slice(at + 1)] },
  };
}

/** A guess may be wrong; it may not be anything else than a guess about one changed file and one finding. */
function falseGuess(guess: Narrative, report: Report, paths: readonly string[]): string[] {
  const text = guess.spans
    .filter(isText)
    .map((span) => span.text)
    .join(' ');
  const isOfOneFile = guess.spans.filter(({ kind, text: name }) => kind === 'name' && paths.includes(name)).length > 0;
  return [
    ...strangeNames(guess, report, paths),
    ...(isOfOneFile ? [] : ['no changed file']),
    ...(/\b(?:may|might|could|perhaps|possibly|maybe)\b/i.test(text) ? [] : ['no "may"']),
    ...[numberWord, betterWords, downWords, upWords, orders].flatMap((words) => words.exec(text)?.[0] ?? []),
    ...(guess.spans.some(({ kind }) => kind === 'value') ? ['a value'] : []),
    ...(text.includes('guess from the changed') ? ['two marks'] : []),
  ];
}

const orders =
  /\b(?:merge|approve|ignore|rules?|verdict|please|must|should|revert|deploy|secret|token|password|slow\w*)\b/i;

/** Names that neither the table nor, in a guess, the changed files have. */
function strangeNames({ spans }: Narrative, report: Report, paths: readonly string[]): string[] {
  const { findings, tolerated, improved, suspectName } = report.narrativeFacts;
  const known = [...findings, tolerated, improved].flatMap((fact) => [fact?.name, fact?.metric]);
  return spans
    .filter(({ kind }) => kind === 'name')
    .map(({ text }) => text)
    .filter((name) => ![...known, suspectName, ...paths].includes(name));
}

const numberWord =
  /\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\w+teen|\w+ty|hundreds?|thousands?|dozen|first|second|third|half|halv\w+|quarter|once|twice|thrice|doubl\w+|tripl\w+|\w+fold|percent|times|slightly|hugely|nearly|almost|most(?! likely)|every|all(?! endpoints)|few)\b|[\p{N}%‰×]/iu;

/** Numbers in words of a model; those of the template are ours. */
function strayNumbers({ spans, model }: Narrative): string[] {
  if (model === undefined)
    return spans
      .filter(isText)
      .filter(({ text }) => /\p{N}/u.test(text))
      .map(({ text }) => text);
  return wordsOfModel(spans).filter((text) => numberWord.test(text));
}

/** Values that are not in the table's row of the endpoint which their sentence is about. */
function foreignNumbers({ spans }: Narrative, report: Report): string[] {
  const rows = new Map<string, string[]>();
  // An endpoint and a check may have one name.
  for (const row of textsOf(report.findings).rows) {
    rows.set(nameOf(row), [...(rows.get(nameOf(row)) ?? []), ...numbersIn(row.slice(1).join(' '))]);
  }
  const beside = numbersIn(`${report.furtherFindings ?? ''} ${report.narrativeFacts.quietEndpoints ?? ''}`);
  const foreign: string[] = [];
  let row = rows.get(together) ?? [];
  for (const sentence of sentencesOf(spans)) {
    // A value that stands before every name of its sentence belongs to the first of them.
    row = sentence.map((span) => rows.get(subjectOf(span) ?? '')).find((numbers) => numbers !== undefined) ?? row;
    for (const span of sentence) {
      row = rows.get(subjectOf(span) ?? '') ?? row;
      if (span.kind !== 'value') continue;
      foreign.push(...numbersIn(span.text).filter((text) => !row.includes(text) && !beside.includes(text)));
    }
  }
  return foreign;
}

const together = 'all endpoints';

function nameOf([endpoint = '']: readonly string[]): string {
  return endpoint === '(all endpoints)' ? together : endpoint;
}

function subjectOf({ kind, text }: Span): string | undefined {
  if (kind === 'name') return text;
  return kind === 'text' && /all endpoints/i.test(text) ? together : undefined;
}

function sentencesOf(spans: readonly Span[]): Span[][] {
  const sentences: Span[][] = [[]];
  for (const span of spans) {
    const parts = span.kind === 'text' ? span.text.split(/(?<=\.) /) : [span.text];
    parts.forEach((text, i) => {
      if (i > 0) sentences.push([]);
      sentences.at(-1)?.push({ ...span, text });
    });
  }
  return sentences;
}

/** Signs count, `p95` does not: it is the name of a metric. */
function numbersIn(text: string): string[] {
  return (text.replaceAll(/\bp(?:50|95|99)\b/g, '').match(/[+−]?\d+(?:\.\d+)?/g) ?? []).flatMap((number) => [
    number,
    number.replace(/^[+−]/, ''),
  ]);
}

const betterWords =
  /\b(?:improv\w*|better|faster|fast|quick\w*|sped|speed\w*|recover\w*|fixed|fine|safe|stable|same|unchanged|ok|good|cheaper|pass\w*|gone|free|healthy|not|no|never|none|nothing|neither|without|hardly|unless|but|if|was|were|had|used|would|stopp?\w*|avoid\w*|before(?<!than before)|cannot|failed to|fails to|about to|less|fewer)\b|n't\b/i;
const downWords =
  /\b(?:down(?<!slow\w* down)|fell|falls?|fallen|falling|drop\w*|decreas\w*|lower|declin\w*|shrank|sank|reduc\w*|shorter)\b/i;
const upWords = /\b(?:up|rose|rises?|risen|rising|grew|grow\w*|climb\w*|increas\w*|higher)\b/i;

/** All facts are changes for the worse, so that nothing may sound better, and no number goes the other way. */
function falseWords({ spans }: Narrative, report: Report): string[] {
  const moves = new Set(movesIn(report));
  return wordsOfModel(spans).filter(
    (text) =>
      betterWords.test(text) ||
      (!moves.has('down') && downWords.test(text)) ||
      (!moves.has('up') && upWords.test(text)),
  );
}

/** The template says "rose" and "fell" of the finding that it begins with: never the shift of all that a few explain. */
function falseVerbs({ spans }: Narrative, report: Report): string[] {
  const verbs = spans.filter(isText).flatMap(({ text }) => /\b(?:rose|fell)\b/.exec(text)?.[0] ?? []);
  const { findings } = report.narrativeFacts;
  const lead = findings.findIndex(({ isBroad }) => isBroad !== false);
  const right = movesIn(report)[Math.max(0, lead)] === 'up' ? 'rose' : 'fell';
  return verbs.filter((verb) => verb !== right);
}

/** Where the number of each finding went, worked out from the report for machines. */
function movesIn(report: Report): ('up' | 'down' | 'neither')[] {
  const { comparisons } = reportJson(report);
  return textsOf(report.findings).rows.map(([name, label]) => {
    const row = comparisons.find(
      (other) =>
        (other.subject.name === name && (labels[other.metric] ?? other.metric) === label) ||
        (label === 'metric' && other.metric === name),
    );
    const [before, after] = [row?.baseline?.point ?? 0, row?.candidate?.point ?? row?.relativeChange?.point ?? 0];
    const change = row?.relativeChange?.point ?? 0;
    if (change > 0 && after > before) return 'up';
    return change < 0 && after < before ? 'down' : 'neither';
  });
}

const labels: Readonly<Record<string, string>> = { errorRate: 'errors', checkFailureRate: 'failed checks' };

/** What is printed beside a model's words is said by us, and known. */
const ours = [
  /The report file has .*$/,
  /The other .*$/,
  /Look .*$/,
  / show nothing beyond their margins\./,
  /^ \($/,
  /all endpoints together/i,
];

function wordsOfModel(spans: readonly Span[]): string[] {
  return spans.filter(isText).map(({ text }) => ours.reduce((rest, pattern) => rest.replace(pattern, ''), text));
}

function isText({ kind }: Span): boolean {
  return kind === 'text';
}
