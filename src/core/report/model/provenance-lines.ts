import type { PairCounts } from '../../comparison/comparison-result.ts';
import { pairBlocks } from '../../comparison/paired/paired-blocks.ts';
import type { RunRecord } from '../../run-record/run-record.ts';
import { minBaselineRuns } from '../../verdict/build-verdict.ts';
import { formatAge, formatCount } from '../format-quantity.ts';
import type { ReportFacts } from './report-facts.ts';

/** One line on what was measured and what it was compared with: commits, number and age of the stored runs, where from. */
export function provenanceLines(facts: ReportFacts): string[] {
  const { record, window, storeLabel, baselineChoice, decided } = facts;
  if (record === undefined) return [];
  if (facts.mode === 'duet') return [duetLine(facts, record)];
  const where = storeLabel === undefined ? '' : ` in ${storeLabel}`;
  if (window.length === 0) return [`Measured ${subjectOf(record)}; no comparable run${where}.`];
  const choice = baselineChoice === undefined ? '' : ` ${baselineChoice}`;
  const runs = `${formatCount(window.length, 'run')}${choice}${storeLabel === undefined ? '' : ` from ${storeLabel}`}`;
  if (decided.verdict.verdict === 'no-baseline')
    return [`Measured ${subjectOf(record)}; so far ${window.length === 1 ? 'there is' : 'there are'} ${runs}.`];
  if (decided.comparison === undefined) return [`Measured ${subjectOf(record)}; not compared with the ${runs}.`];
  const [oldest, newest] = [window[0] as RunRecord, window.at(-1) as RunRecord];
  const age = ageText(newest, record);
  const oldestAge = window.length > 1 ? ageText(oldest, record) : '';
  const ages = `${age === '' ? '' : `, ${age} old`}${oldestAge === '' ? '' : `; oldest ${oldestAge}`}`;
  return [`Compared ${subjectOf(record)} with ${runs} (newest ${shortCommit(newest) ?? subjectOf(newest)}${ages}).`];
}

/** `Compared a1b2c3d with 9f8e7d6, measured beside it: 40 pairs of 5 s.` */
function duetLine({ window, decided }: ReportFacts, record: RunRecord): string {
  const [baseline] = window;
  const { pairs } = decided.comparison ?? {};
  if (baseline === undefined || pairs === undefined) return `Measured ${subjectOf(record)}.`;
  const compared = `Compared ${subjectOf(record)} with ${subjectOf(baseline)}, measured beside it`;
  const length = `${record.blockLengthMs / 1000} s`;
  return decided.comparison?.stoppedEarly === true
    ? `${compared} until the answer was known: ${pairs.used} of ${formatCount(pairs.planned, 'pair')} of ${length}.`
    : `${compared}: ${formatCount(pairs.used, 'pair')} of ${length}.`;
}

/** `a1b2c3d (faster-search)`, or the file that a run was imported from. */
function subjectOf({ provenance, startedAt }: RunRecord): string {
  const { branch, source, deployment } = provenance;
  const commit = shortCommit({ provenance });
  if (commit !== undefined) return branch === undefined ? commit : `${commit} (${branch})`;
  if (deployment !== undefined && branch === undefined && source === undefined) return deployment;
  // Folder and file: the whole path of an imported file says no more and fills the line.
  return source?.split(/[\\/]/).slice(-2).join('/') ?? branch ?? `the run of ${startedAt}`;
}

function shortCommit({ provenance }: Pick<RunRecord, 'provenance'>): string | undefined {
  return provenance.commit?.slice(0, 7);
}

function ageText(stored: RunRecord, candidate: RunRecord): string {
  const ageMs = Date.parse(candidate.startedAt) - Date.parse(stored.startedAt);
  return ageMs > 0 ? formatAge(ageMs) : '';
}

/**
 * How many pairs of time blocks a duet planned and used, and how many blocks lacked their counterpart. A test that
 * followed a duet was told of whole pairs alone; what the two runs hold beside those is counted here.
 */
export function pairCounts({ decided: { comparison }, mode, window, record }: ReportFacts): PairCounts | undefined {
  const pairs = comparison?.pairs;
  const [baseline] = window;
  if (pairs === undefined || pairs.onlyBaseline !== undefined) return pairs;
  if (mode !== 'duet' || baseline === undefined || record === undefined) return pairs;
  const { onlyBaseline, onlyCandidate } = pairBlocks(baseline, record);
  return { ...pairs, onlyBaseline, onlyCandidate };
}

/** `3 stored runs`, or `3 baseline files` where files were given in place of a store. */
export function countBaseline(count: number, { storeLabel }: Pick<ReportFacts, 'storeLabel'>): string {
  return formatCount(count, storeLabel === undefined ? 'baseline file' : 'stored run');
}

/** The facts with a verdict that speaks of files where files were given: nothing of theirs is stored. */
export function inWordsOfFiles(facts: ReportFacts): ReportFacts {
  const { decided, storeLabel, window } = facts;
  if (storeLabel !== undefined || decided.verdict.verdict !== 'no-baseline') return facts;
  const comparable = formatCount(window.length, 'comparable baseline file');
  const detail = `${comparable} ${window.length === 1 ? 'was' : 'were'} given, ${minBaselineRuns} are needed`;
  return { ...facts, decided: { ...decided, verdict: { ...decided.verdict, detail } } };
}
