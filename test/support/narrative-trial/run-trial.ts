import { excerptChanges, numberedLines } from '../../../src/core/narrative/diff-excerpt.ts';
import type { NarrativeRequest } from '../../../src/core/narrative/prompt.ts';
import { type Ask, shownPath, tellWithModel } from '../../../src/core/narrative/tell-with-model.ts';
import type { Report } from '../../../src/core/report/model/report-model.ts';
import { renderMarkdown } from '../../../src/core/report/render/markdown-report.ts';
import { renderText } from '../../../src/core/report/render/text-report.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { adversarialAnswer } from './adversary.ts';
import { intruders, seePage } from './inspect-markdown.ts';
import { judgeNarrative } from './judge-narrative.ts';
import { planted, randomChanges } from './random-changes.ts';
import { randomReport } from './random-report.ts';

/** What came out of many paragraphs; the last six ought to be empty. */
export interface TrialResult {
  readonly reports: number;
  readonly names: number;
  /** Paragraphs in a model's words, after the first question and after the second. */
  readonly accepted: number;
  readonly acceptedAtOnce: number;
  /** Paragraphs with a guess from changed files. */
  readonly guessed: number;
  /** How often a text was refused for which reason, as the template's line has it. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly numbers: readonly string[];
  readonly directions: readonly string[];
  readonly markup: readonly string[];
  readonly guesses: readonly string[];
  /** Questions in which something stands that must reach no model, or that leaves its frame. */
  readonly leaks: readonly string[];
  readonly crashes: readonly string[];
}

/** Elements that a report as Markdown is made of. */
const reportElements = [
  'h3',
  'p',
  'code',
  'sub',
  'ul',
  'ol',
  'li',
  // The command that reproduces the result.
  'pre',
  'code[class]',
  'strong',
  'details',
  'summary',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
];

/** `reports` random reports, each told by a model that is mostly against us, and everything that is wrong with them. */
export async function runTrial(reports: number, seed: number | string): Promise<TrialResult> {
  const random = seededRandom(seed);
  const names = new Set<string>();
  const faults = {
    numbers: [] as string[],
    directions: [] as string[],
    markup: [] as string[],
    guesses: [] as string[],
    leaks: [] as string[],
    crashes: [] as string[],
  };
  const refusals = new Map<string, number>();
  let [accepted, acceptedAtOnce, guessed] = [0, 0, 0];
  for (let i = 0; i < reports; i++) {
    try {
      const report = randomReport(random);
      const facts = report.narrativeFacts;
      for (const { name } of facts.findings) if (name !== undefined) names.add(name);
      const diff = excerptChanges(random.next() < 0.6 ? randomChanges(random) : []);
      let questions = 0;
      const ask: Ask = async (request) => {
        questions++;
        faults.leaks.push(...leaksOf(request).map((leak) => `${leak} in question ${questions} of report ${i}`));
        return { kind: 'answer', text: adversarialAnswer(random, facts, diff), model: 'claude-test' };
      };
      const narrative = await tellWithModel(facts, ask, diff);
      if (narrative === undefined) throw new TypeError('a failed build has a paragraph');
      if (narrative.model !== undefined) {
        accepted++;
        if (questions === 1) acceptedAtOnce++;
      }
      for (const reason of /refused twice \((.*)\)/.exec(narrative.note ?? '')?.[1]?.split(', ') ?? []) {
        refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
      }
      if (narrative.spans.some(({ kind, text }) => kind === 'text' && text.includes('A guess from'))) guessed++;
      const paths = diff.flatMap(({ path, text }) => [
        shownPath(path),
        ...numberedLines(text).flatMap(({ number }) => (number === undefined ? [] : [`${shownPath(path)}:${number}`])),
      ]);
      const judged = judgeNarrative(narrative, report, paths);
      const words = JSON.stringify(narrative.spans.map(({ text }) => text).join(''));
      faults.numbers.push(...judged.numbers.map((text) => `${text} in ${words}`));
      faults.directions.push(...judged.directions.map((text) => `${text} in ${words}`));
      faults.markup.push(...judged.markup.map((text) => `${text} in ${words}`));
      faults.guesses.push(...judged.guesses.map((text) => `${text} in ${words}`));
      // The whole report takes most of the time, and says the same of its other parts each time.
      if (i % 5 === 0)
        faults.markup.push(...strangersIn({ ...report, narrative }).map((text) => `${text} in the report ${i}`));
    } catch (error) {
      faults.crashes.push(`report ${i}: ${String(error)}`);
    }
  }
  return { reports, names: names.size, accepted, acceptedAtOnce, guessed, refusals, ...faults };
}

/** Only the first question is ours alone: the second one quotes the answer. */
function leaksOf({ system, messages }: NarrativeRequest): string[] {
  const [question] = messages;
  const [before = '', framed = '', ...rest] = question?.content.split(/<\/?changes>/i) ?? [];
  return [
    ...(framed.includes(planted) ? ['a secret'] : []),
    ...(/[^\n -~]|\{\{|<\//.test(framed) ? ['hidden letters, placeholders or the end of a frame'] : []),
    ...(rest.join('').trim() === '' ? [] : ['text behind the frame']),
    ...(/Ignore all rules|SYSTEM:|innocent/.test(`${system}${before}`) ? ['an instruction outside of the frame'] : []),
  ];
}

function strangersIn(report: Report): string[] {
  const isCommand = /^\s*::|##\[/m.test(renderText(report));
  return [...intruders(seePage(renderMarkdown(report)), reportElements), ...(isCommand ? ['a workflow command'] : [])];
}
