import type { RunRecord } from '../run-record/run-record.ts';
import { formatAge, formatCount } from './format-quantity.ts';
import type { ReportFacts } from './report-facts.ts';

/** One line on what was measured and what it was compared with: commits, number and age of the stored runs, where from. */
export function provenanceLines({ record, window, storeLabel }: ReportFacts): string[] {
  if (record === undefined) return [];
  const from = storeLabel === undefined ? '' : ` from ${storeLabel}`;
  if (window.length === 0)
    return [`measured ${subjectOf(record)}; no comparable run${from === '' ? '' : ` in ${storeLabel}`}`];
  const oldest = window[0] as RunRecord;
  const newest = window.at(-1) as RunRecord;
  const ages = [`newest ${subjectOf(newest)}${ageText(newest, record)}`];
  if (window.length > 1) ages.push(`oldest${ageText(oldest, record) || ` ${subjectOf(oldest)}`}`);
  return [`${subjectOf(record)} against ${formatCount(window.length, 'stored run')}${from} (${ages.join('; ')})`];
}

/** `a1b2c3d (faster-search)`, or the file that a run was imported from. */
function subjectOf({ provenance, startedAt }: RunRecord): string {
  const { commit, branch, source } = provenance;
  if (commit !== undefined) return branch === undefined ? commit.slice(0, 7) : `${commit.slice(0, 7)} (${branch})`;
  return source ?? branch ?? `the run of ${startedAt}`;
}

function ageText(stored: RunRecord, candidate: RunRecord): string {
  const ageMs = Date.parse(candidate.startedAt) - Date.parse(stored.startedAt);
  return ageMs > 0 ? `, ${formatAge(ageMs)} old` : '';
}
