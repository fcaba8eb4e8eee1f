import { nameInSentence } from '../escape.ts';
import { formatShare, subjectText } from '../format-quantity.ts';
import type { Finding } from './rank-findings.ts';

/** A slowdown that costs users less than this share of what the worst one costs them is not worth the time yet. */
const tinyShare = 0.02;

/** More names than this are counted. */
const mostNames = 5;

export interface PartedFindings {
  /** In the order in which they are worth the time. */
  readonly worthwhile: readonly Finding[];
  /** Slowdowns whose repair would give users next to nothing; never an error, a check or the worst slowdown. */
  readonly tiny: readonly Finding[];
}

/** `findings` in their order, parted by whether repairing them is worth the time now. */
export function partTinyWins(findings: readonly Finding[]): PartedFindings {
  const worst = worstCost(findings);
  const isTiny = (finding: Finding) => isOneSlowdown(finding) && finding.lead.impact < worst * tinyShare;
  return { worthwhile: findings.filter((finding) => !isTiny(finding)), tiny: findings.filter(isTiny) };
}

/** What the worst slowdown of one endpoint costs users; 0 without one. */
export function worstCost(findings: readonly Finding[]): number {
  return Math.max(0, ...findings.filter(isOneSlowdown).map(({ lead }) => lead.impact));
}

/** `Tiny wins, left alone: GET /a and GET /b; repairing each gives users less than 2 % of what repairing GET /c does.` */
export function tinyWinsNote({ worthwhile, tiny }: PartedFindings): string[] {
  const [first] = worthwhile.filter(isOneSlowdown);
  if (tiny.length === 0 || first === undefined) return [];
  const names = tiny.slice(0, mostNames).map(({ lead }) => nameInSentence(subjectText(lead)));
  const listed = tiny.length > mostNames ? `${names.join(', ')} and ${tiny.length - mostNames} more` : names.join(', ');
  const worst = nameInSentence(subjectText(first.lead));
  return [
    `Tiny wins, left alone: ${listed}. Repairing ${tiny.length === 1 ? 'it' : 'one of them'} gives users less than ${formatShare(tinyShare)} of what repairing ${worst} does.`,
  ];
}

function isOneSlowdown({ lead }: Finding): boolean {
  return lead.family === 'latency' && lead.subject.kind === 'endpoint';
}
