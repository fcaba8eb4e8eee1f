import { escapeMarkdown } from '../report/escape.ts';
import type { Report } from '../report/model/report-model.ts';
import type { Table } from '../report/model/table.ts';
import { fold, renderMarkdown } from '../report/render/markdown-report.ts';

export interface CommentParts {
  /** First line; empty where none is wanted. */
  readonly marker: string;
  readonly report: Report;
  /** The run's page, where the whole report lies. */
  readonly runUrl?: string;
  /** The label by which a known regression is accepted; absent where there is nothing to accept. */
  readonly acceptLabel?: string;
}

/** GitHub refuses comments beyond 65,536 characters; nobody knows of which kind, so the margin is wide. */
export const commentLimit = 60_000;

/**
 * The comment's text, under `limit` UTF-16 units (and so under as many characters): the report as Markdown, with less and
 * less in it until it fits. What fewest people miss is dropped first, and the comment says what was and where it is. No
 * stage cuts a table or a fold in two.
 */
export function renderComment(parts: CommentParts, limit = commentLimit): string {
  for (const report of shorterReports(parts.report)) {
    const text = assemble(parts, report, whatIsMissing(parts.report, report));
    if (text.length < limit) return text;
  }
  const { badge, headline } = parts.report;
  const bare = `### ${badge}: ${escapeMarkdown(headline.slice(0, 300))}\n`;
  return [parts.marker, bare, droppedNote(['everything but the verdict'], parts), footer(parts)]
    .filter((part) => part !== '')
    .join('\n');
}

function assemble(parts: CommentParts, report: Report, dropped: readonly string[]): string {
  const accept = parts.acceptLabel === undefined ? '' : howToAccept(parts.acceptLabel, report);
  return [parts.marker, renderMarkdown(report), accept, droppedNote(dropped, parts), footer(parts)]
    .filter((part) => part !== '')
    .join('\n');
}

/** The comment that gives the reason is read by `readReason` in `core/acceptance/`. */
function howToAccept(label: string, { facts }: Report): string {
  const { verdict } = facts.decided;
  const isSlowdown = verdict.verdict === 'fail' && verdict.reason === 'regressed';
  const reach = isSlowdown ? ', up to the level seen here' : ', and what was not checked will be said';
  const text = [
    'Somebody with write permission comments `tailgate accept: REASON` (with `until YYYY-MM-DD` at its end for another',
    `date than in 30 days) and sets the label ${escapeMarkdown(label)}. It counts for this pull request${reach}.`,
  ];
  return `${fold(isSlowdown ? 'Accept this slowdown' : 'Let it pass all the same', text.join('\n'))}\n`;
}

function droppedNote(dropped: readonly string[], { runUrl }: CommentParts): string {
  if (dropped.length === 0) return '';
  const place = isLinkable(runUrl) ? `[the run's summary](${runUrl})` : "the run's summary";
  return `Left out here, as comments are limited: ${dropped.join('; ')}. All of it is in ${place} and in \`report.html\` among the run's report files.\n`;
}

function footer({ runUrl }: CommentParts): string {
  return isLinkable(runUrl) ? `<sub>[Run and report files](${runUrl})</sub>\n` : '';
}

function isLinkable(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\/[^\s()<>[\]]+$/.test(url);
}

/** What of a text from outside is kept at last. */
const longestText = 300;

/** In this order: what fewest readers of a pull request miss goes first. */
const cuts: readonly ((report: Report) => Report)[] = [
  (report) => withRows(report, 100),
  (report) => withRows(report, 40),
  (report) => ({ ...report, trail: [] }),
  (report) => withRows(report, 10),
  (report) => withRows(report, 0),
  (report) => ({ ...report, reproduction: undefined }),
  (report) => ({ ...report, warnings: report.warnings.slice(0, 5), notes: report.notes.slice(0, 5) }),
  (report) => ({ ...report, absolute: undefined, warnings: [], notes: [] }),
  (report) => ({ ...report, nextSteps: [], nextCommand: undefined, provenance: report.provenance.map(shortened) }),
  (report) => ({ ...report, headline: shortened(report.headline), narrative: undefined, provenance: [] }),
];

/** `whole`, then shorter and shorter reports. */
function* shorterReports(whole: Report): Generator<Report> {
  let report = whole;
  yield report;
  for (const cut of cuts) {
    report = cut(report);
    yield report;
  }
}

/** What `short` lacks of `whole`, each in a few words: `160 of 200 rows of "All endpoints"`. */
function whatIsMissing(whole: Report, short: Report): string[] {
  const pairs = [...whole.details, ...(whole.absolute ? [whole.absolute] : [])].map((table) => {
    const kept = [...short.details, ...(short.absolute ? [short.absolute] : [])].find(({ id }) => id === table.id);
    return missingRows(table, kept?.rows.length ?? 0);
  });
  const texts = whole.warnings.length + whole.notes.length - short.warnings.length - short.notes.length;
  return [
    ...pairs.flat(),
    ...missing(whole.trail.length > short.trail.length, 'how it was decided'),
    ...missing(whole.reproduction !== short.reproduction, 'how to reproduce it'),
    ...missing(texts > 0, `${texts} of the warnings and notes`),
    ...missing(whole.nextSteps.length > short.nextSteps.length, 'what to do next'),
    ...missing(whole.narrative !== short.narrative, 'the findings in plain English'),
    ...missing(whole.provenance.length > short.provenance.length, 'what was compared'),
  ];
}

function missing(isMissing: boolean, what: string): string[] {
  return isMissing ? [what] : [];
}

function missingRows({ title, rows }: Table, kept: number): string[] {
  const gone = rows.length - kept;
  if (gone <= 0) return [];
  return [kept === 0 ? `“${title}”` : `${gone} of ${rows.length} rows of “${title}”`];
}

function withRows(report: Report, most: number): Report {
  const details = report.details.map((table) => firstRows(table, most)).filter((table) => table.rows.length > 0);
  return { ...report, details, absolute: report.absolute && firstRows(report.absolute, Math.max(most, 10)) };
}

/** Tables are worst or busiest first, so the rest is what matters least. */
function firstRows(table: Table, most: number): Table {
  return table.rows.length <= most ? table : { ...table, rows: table.rows.slice(0, most) };
}

function shortened(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}…`;
}
