import type { Narrative, Span } from '../../../src/core/narrative/narrative.ts';
import { narrativeMarkdown } from '../../../src/core/report/narrative-markdown.ts';
import type { Report } from '../../../src/core/report/report-model.ts';
import { intruders, seePage } from './inspect-markdown.ts';

/** What is false or dangerous in a published paragraph, found without the checker's own lists. */
export interface Faults {
  readonly numbers: readonly string[];
  readonly directions: readonly string[];
  readonly markup: readonly string[];
}

export function judgeNarrative(narrative: Narrative, report: Report): Faults {
  return {
    numbers: [...strayNumbers(narrative), ...foreignNumbers(narrative, report)],
    directions: narrative.model === undefined ? falseVerbs(narrative, report) : falseWords(narrative, report),
    markup: intruders(seePage(narrativeMarkdown(narrative)), ['p', 'code', 'sub']),
  };
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
  for (const row of report.findings.rows) {
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
function movesIn({ findings, json }: Report): ('up' | 'down' | 'neither')[] {
  return findings.rows.map(([endpoint, label]) => {
    const row = json.comparisons.find(
      (other) =>
        (other.endpoint === endpoint && (labels[other.metric] ?? other.metric) === label) ||
        (label === 'metric' && other.metric === endpoint),
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
