import type { Report } from '../report/model/report-model.ts';
import type { Table } from '../report/model/table.ts';

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
export function* shorterReports(whole: Report): Generator<Report> {
  let report = whole;
  yield report;
  for (const cut of cuts) {
    report = cut(report);
    yield report;
  }
}

/** What `short` lacks of `whole`, each in a few words: `160 of 200 rows of "All endpoints"`. */
export function whatIsMissing(whole: Report, short: Report): string[] {
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
