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
[why-slow.md](why-slow.md). Counted is what is said first of the endpoint that the mistake is in.

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

function confusion(rows: readonly CauseRow[], mode: CauseRow['mode']): string {
  const cases = causeCases.filter(({ truth }) => truth.length > 0);
  const built = rows.filter((row) => row.mode === mode);
  const lines = cases.flatMap((about) => {
    const own = built.filter((row) => row.case === about.id);
    if (own.length === 0) return [];
    const said = Map.groupBy(own, (row) => Object.values(saidFirst(about, row)).slice(0, 2).join(' '));
    const firsts = own.map((row) => saidFirst(about, row));
    const right = own.filter((row, i) => isRight(about, row, firsts[i]?.cause ?? '')).length;
    const counted = about.canKnow ? `${right} of ${own.length}` : `(${right} of ${own.length})`;
    const told = [...new Set(firsts.map(({ cause, strength }) => `${cause} ${strength}`.trim()))].map(
      (text) => `${text}: ${firsts.filter(({ cause, strength }) => `${cause} ${strength}`.trim() === text).length}`,
    );
    return said.size === 0
      ? []
      : [
          `| ${about.title} | ${about.truth.join(', ')} | ${about.canKnow ? 'yes' : 'no'} | ${counted} | ${told.join('; ')} |`,
        ];
  });
  if (lines.length === 0) return 'Nothing was measured with this version yet.';
  const known = cases.filter(({ canKnow, truth }) => canKnow && truth.length === 1);
  const counted = known.flatMap((about) =>
    built.filter((row) => row.case === about.id).map((row) => isRight(about, row, saidFirst(about, row).cause)),
  );
  const wrong = cases.flatMap((about) =>
    built
      .filter((row) => row.case === about.id)
      .filter((row) => {
        const { cause, strength } = saidFirst(about, row);
        return strength === 'shown' && !about.truth.includes(cause as never);
      }),
  );
  const all = cases.flatMap((about) => built.filter((row) => row.case === about.id));
  return `| mistake | truth | can be known from outside | true reason first | said first |
| --- | --- | --- | --- | --- |
${lines.join('\n')}

True reason first where it can be known: ${counted.filter(Boolean).length} of ${counted.length}. Wrong and "shown": ${wrong.length} of ${all.length}.`;
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
