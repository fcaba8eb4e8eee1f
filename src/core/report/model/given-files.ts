import { fewestBaselineRuns } from '../../verdict/decide.ts';
import { formatCount } from '../format-quantity.ts';
import type { ReportFacts } from './report-facts.ts';

/** `3 stored runs`, or `3 baseline files` where files were given in place of a store. */
export function countBaseline(count: number, { storeLabel }: Pick<ReportFacts, 'storeLabel'>): string {
  return formatCount(count, storeLabel === undefined ? 'baseline file' : 'stored run');
}

/** The facts with a verdict that speaks of files where files were given: nothing of theirs is stored. */
export function inWordsOfFiles(facts: ReportFacts): ReportFacts {
  const { decided, storeLabel, window } = facts;
  if (storeLabel !== undefined || decided.verdict.verdict !== 'no-baseline') return facts;
  const comparable = formatCount(window.length, 'comparable baseline file');
  const detail = `${comparable} ${window.length === 1 ? 'was' : 'were'} given, ${fewestBaselineRuns} are needed`;
  return { ...facts, decided: { ...decided, verdict: { ...decided.verdict, detail } } };
}
