import { type CauseCase, causeCases } from './cause-cases.ts';
import type { CauseRow } from './cause-row.ts';
import type { FastapiCounts } from './fastapi-shop.ts';

/** What is said first of the endpoint that got slower; `nothing` where it didn't fail or nothing was said. */
function saidFirst({ endpoint }: CauseCase, row: CauseRow): { readonly cause: string; readonly strength: string } {
  const about = row.attribution.filter((one) => endpoint === undefined || one.endpoint === endpoint);
  return about[0] ?? { cause: 'nothing', strength: '' };
}

/** The confusion tables, as Markdown: rows are the truth, columns what was said. */
export function renderCauses(rows: readonly CauseRow[], fastapi?: FastapiCounts): string {
  const [{ code } = { code: 'none' }] = rows;
  return `# How often the reason is right

Made by \`npm run evaluate:causes\` (${rows.length} builds with code \`${code}\`; \`evaluation/causes/results.jsonl\` has a line for each). The
demo shop with one mistake at a time, beside itself without it, under ${'`k6-scripts/causes.js`'}; what can be known from outside is said in
[why-slow.md](why-slow.md). Counted is what is said first of the endpoint that the mistake is in: rows are the truth, columns what was said.
Of mistakes that can't be known from outside the right answer is \`unknown\`; they are not counted.

## Side by side

${confusion(rows, 'duet')}

## Beside five recorded runs

${confusion(rows, 'stored')}

## Unchanged code

${nulls(rows)}

## Dangerous caching

${dangers(rows)}

## A shop that nobody here fitted to

${secondShop(fastapi)}

## Time

${times(rows)}
`;
}

/** A row for each mistake, a column for each cause that was said first, how often, and how often as shown. */
function confusion(rows: readonly CauseRow[], mode: CauseRow['mode']): string {
  const made = causeCases
    .filter(({ truth }) => truth.length > 0)
    .map((about) => ({ about, own: rows.filter((row) => row.mode === mode && row.case === about.id) }))
    .filter(({ own }) => own.length > 0);
  if (made.length === 0) return 'Nothing was measured with this version yet.';
  const builds = made.flatMap(({ about, own }) =>
    own.map((row) => {
      const said = saidFirst(about, row);
      return { about, ...said, isRight: isRight(about, row, said.cause) };
    }),
  );
  const said = ['unknown', 'nothing'].filter((cause) => builds.some((one) => one.cause === cause));
  const columns = [...new Set(builds.map(({ cause }) => cause))]
    .filter((cause) => !said.includes(cause))
    .sort()
    .concat(said);
  const cell = (about: CauseCase, cause: string) => {
    const own = builds.filter((one) => one.about === about && one.cause === cause);
    const shown = own.filter(({ strength }) => strength === 'shown').length;
    return own.length === 0 ? '' : `${own.length}${shown === 0 ? '' : ` (${shown} shown)`}`;
  };
  const lines = made.map(({ about, own }) => {
    const right = builds.filter((one) => one.about === about && one.isRight).length;
    const counted = about.canKnow ? `${right} of ${own.length}` : `not counted (${right} of ${own.length})`;
    const cells = columns.map((cause) => cell(about, cause));
    return `| ${[about.title, about.truth.join(', '), ...cells, counted].join(' | ')} |`;
  });
  const counted = builds.filter(({ about: { canKnow, truth } }) => canKnow && truth.length === 1);
  const two = builds.filter(({ about: { truth } }) => truth.length > 1);
  const wrong = builds.filter(
    ({ about: { truth }, cause, strength }) => strength === 'shown' && !truth.some((one) => one === cause),
  );
  const rightOf = (some: typeof builds) => `${some.filter((one) => one.isRight).length} of ${some.length}`;
  return `| mistake | truth | ${columns.join(' | ')} | right |
|${' --- |'.repeat(columns.length + 3)}
${lines.join('\n')}

True reason first where it can be known: ${rightOf(counted)}. Two mistakes at once, both named, with parts that add up: ${rightOf(two)}.
Wrong and "shown": ${wrong.length} of ${builds.length}.`;
}

/** With two mistakes at once both have to be named, and their parts and what is left add up to within a twentieth of all. */
function isRight({ truth, endpoint }: CauseCase, row: CauseRow, first: string): boolean {
  if (truth.length === 1) return first === truth[0];
  const own = row.attribution.filter((one) => one.endpoint === endpoint);
  const sum = own.reduce((total, { share }) => total + share, 0);
  return truth.every((cause) => own.some((one) => one.cause === cause)) && sum <= 1.05;
}

function nulls(rows: readonly CauseRow[]): string {
  const unchanged = rows.filter((row) => row.case === 'unchanged');
  const causes = unchanged.flatMap(({ attribution }) => attribution.filter(({ cause }) => cause !== 'unknown'));
  const failed = unchanged.filter(({ verdict }) => verdict === 'fail').length;
  return `${unchanged.length} duets of up to 60 s; the reasons for the three endpoints that moved most were asked for in each. Reasons named: ${causes.length}. Failed: ${failed}.`;
}

function dangers(rows: readonly CauseRow[]): string {
  const [about] = causeCases.filter(({ danger }) => danger !== undefined);
  const personal = rows.filter((row) => row.case === about?.id && row.mode === 'duet');
  const others = rows.filter((row) => row.case !== about?.id && row.mode === 'duet');
  const flagged = personal.filter((row) => row.dangers.includes(about?.danger ?? '')).length;
  const wrongly = others.filter((row) => row.dangers.length > 0).length;
  return `Personal data made cacheable: flagged ${flagged} of ${personal.length}. Without: ${wrongly} of ${others.length}.`;
}

function secondShop(counts: FastapiCounts | undefined): string {
  const about = `[examples/fastapi-shop](../examples/fastapi-shop/README.md) has faults whose causes are sealed: \`npm run evaluate:causes -- --fastapi\`
makes a duet of each, and \`--truth FILE\` counts, without saying which fault is which.`;
  if (counts === undefined) return `${about} It was not looked at yet.`;
  const { right, knowable, rightBesides, besides, wronglyShown, flagged, dangerous, wronglyFlagged, passed, code } =
    counts;
  return `${about} Looked at once, with code \`${code}\`:

| | |
| --- | --- |
| true reason first, where a look from outside can know | ${right} of ${knowable} |
| the same where it can't | ${rightBesides} of ${besides} |
| wrong and "shown" | ${wronglyShown} |
| dangerous caching flagged | ${flagged} of ${dangerous}; wrongly ${wronglyFlagged} |
| faults that no endpoint failed of | ${passed} |`;
}

function times(rows: readonly CauseRow[]): string {
  const seconds = rows.map(({ inspectedS }) => inspectedS).sort((a, b) => a - b);
  if (seconds.length === 0) return 'Nothing was measured with this version yet.';
  const at = (share: number) => (seconds[Math.floor(share * (seconds.length - 1))] ?? 0).toFixed(1);
  return `Looking took ${at(0.5)} s in the median and ${at(1)} s at most.`;
}

const begin = '<!-- examples: begin -->';
const end = '<!-- examples: end -->';

/** `text` with one real example of each reason that was right, between its markers. */
export function withExamples(text: string, rows: readonly CauseRow[]): string {
  const lines = causeCases.flatMap((about) => {
    if (about.truth.length !== 1) return [];
    const row = rows.find(
      (one) => one.case === about.id && one.mode === 'duet' && isRight(about, one, saidFirst(about, one).cause),
    );
    const said = row?.attribution.find((one) => one.endpoint === about.endpoint || about.endpoint === undefined);
    if (said === undefined) return [];
    const { cause, strength, share, evidence, operation } = said;
    const by = operation === undefined ? '' : ` (${operation})`;
    return [
      `| ${about.title} | \`${said.endpoint}\` | \`${cause}\`${by}, ${strength}, ${Math.round(share * 100)} % | ${evidence.join('; ')} |`,
    ];
  });
  const table = ['| mistake | endpoint | what is said | what was seen |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
  const [before = '', rest = ''] = text.split(begin);
  const [, after = ''] = rest.split(end);
  return `${before}${begin}\n${table}\n${end}${after}`;
}
