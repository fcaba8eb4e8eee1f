import type { Cause } from '../../attribution/cause.ts';
import { isOfLatency, type Row } from '../../comparison/row.ts';
import type { Fact, NarrativeFacts, Situation } from '../../narrative/narrative-facts.ts';
import { isSameSubject, subjectLabel } from '../../run-record/subject.ts';
import {
  changeWords,
  formatCount,
  formatIntervalIn,
  formatSides,
  formatSidesIn,
  metricLabel,
  opennessOf,
  subjectText,
} from '../format-quantity.ts';
import { type Finding, type PartedFindings, shareOf, type TrafficShares } from './rank-findings.ts';
import { causeTitle } from './reasons.ts';
import { isAtStop, type RankedFacts } from './report-facts.ts';

/** What the report's paragraph may tell, with the same texts for the same numbers as in the tables. */
export function narrativeFactsOf(
  facts: RankedFacts,
  parted: PartedFindings,
  shown: number,
  shares: TrafficShares,
): NarrativeFacts {
  const { rows, decided } = facts;
  const { verdict, comparison } = decided;
  const findings = [...parted.worthwhile, ...parted.lowImpact];
  // What could not be settled is a suspicion; told like a finding it would sound sure.
  const isUnsettled = 'reason' in verdict && verdict.reason === 'unsettled';
  const told = isUnsettled
    ? []
    : parted.worthwhile.slice(0, shown).map((finding, i) => factOf(`f${i + 1}`, finding, facts, findings));
  // Low-impact regressions have a note of their own.
  const further = isUnsettled ? 0 : parted.worthwhile.length - told.length;
  const quiet = isUnsettled ? 0 : quietEndpoints(rows);
  const tolerated = rows.find((row) => row.verdict === 'slower-within-margin');
  const improved = rows
    .filter(
      (row) =>
        row.verdict === 'improved' &&
        formatSides(row) !== '' &&
        row.subject.kind !== 'all-endpoints' &&
        row.family !== 'metrics',
    )
    .sort((a, b) => (shareOf(b.subject, shares) ?? 0) - (shareOf(a.subject, shares) ?? 0))[0];
  const [suspect] = comparison?.suspects ?? [];
  return {
    situation: isDoubtful(facts)
      ? 'doubtful'
      : 'reason' in verdict
        ? situationOf(verdict.reason, verdict.verdict)
        : verdict.verdict,
    findings: told,
    ...(further > 0 && { furtherFindings: formatCount(further, 'further regression') }),
    ...(quiet > 0 && { quietEndpoints: quiet }),
    ...(tolerated && { tolerated: factOf('f1', { lead: tolerated, also: [] }, facts, findings) }),
    ...(improved && { improved: factOf('f1', { lead: improved, also: [] }, facts, findings) }),
    ...(suspect && suspect.subject.kind === 'endpoint' && { suspectName: subjectLabel(suspect.subject) }),
  };
}

type VerdictReason = Extract<RankedFacts['decided']['verdict'], { readonly reason: string }>['reason'];

/** What would be a pass without more words, but for what is too fast to be believed. */
function isDoubtful({ decided: { verdict, comparison } }: RankedFacts): boolean {
  const isBare = verdict.verdict === 'pass' && (verdict.reason === 'nothing-found' || verdict.reason === 'shown');
  return isBare && comparison?.isDoubtful === true;
}

/** Why nothing was measured is told by the verdict's own line. */
function situationOf(reason: VerdictReason, verdict: string): Situation {
  return verdict === 'invalid' ? 'invalid' : (reason as Situation);
}

function factOf(id: string, { lead, also }: Finding, facts: RankedFacts, findings: readonly Finding[]): Fact {
  const name = nameOf(lead);
  const { baseline, candidate, unit } = lead;
  const atStop = isAtStop(facts);
  const reach = reachOf(lead, also, facts.rows);
  return {
    id,
    kind: kindOf(lead),
    ...(name !== undefined && { name }),
    metric: metricLabel(lead.metric),
    moved: movedOf(lead),
    ...(baseline && candidate && { values: `from ${formatSidesIn(unit, baseline.point, candidate.point, 'to')}` }),
    change: changeWords(lead, atStop),
    // At a stop the change has it already, and first.
    ...(!atStop && rangeOf(lead)),
    also: also.map((row) => ({ metric: metricLabel(row.metric), change: changeWords(row, atStop) })),
    ...(reach && { reach }),
    ...causeOf(lead, facts),
    ...(name === undefined && lead.family === 'latency' && { isBroad: isBroad(facts.rows, findings) }),
  };
}

const notOfLatency: ReadonlySet<Cause> = new Set(['unknown', 'errors-and-retries']);

/** The best reason for it, with how sure it is; no word where nothing was found. */
function causeOf({ subject, family }: Row, { attributions = [] }: RankedFacts): Pick<Fact, 'cause'> {
  if (family === 'errors') return {};
  const best = attributions.find(
    ({ endpoint, cause, strength }) =>
      endpoint === subjectLabel(subject) && !notOfLatency.has(cause) && strength !== 'contributes',
  );
  return best === undefined ? {} : { cause: `${causeTitle(best.cause)} (${best.strength})` };
}

/** All endpoints together have no name, but those of one job have; totals of the load are called as their metric. */
function nameOf(row: Row): string | undefined {
  const isOfAll = row.subject.kind === 'all-endpoints' && row.family !== 'load' && row.subject.job === undefined;
  return isOfAll ? undefined : subjectText(row);
}

function kindOf({ subject, family }: Row): Fact['kind'] {
  if (family === 'errors') return subject.kind === 'check' ? 'checks' : 'errors';
  return isOfLatency(family) ? 'latency' : 'metric';
}

/** Where the number went; unclear where the verdict, the change and the two sides, which are pooled differently, disagree. */
function movedOf({ baseline, candidate, relativeChange, direction, verdict }: Row): Fact['moved'] {
  const change = Math.sign(relativeChange?.point ?? 0);
  const sides = baseline && candidate ? Math.sign(candidate.point - baseline.point) : change;
  if (change !== sides || !(change > 0 || change < 0)) return 'unclear';
  const moved = change > 0 ? 'up' : 'down';
  return verdict === 'regressed' && moved !== direction ? 'unclear' : moved;
}

/** `between +40 and +65 %`, or what an interval with one open end says by itself; nothing where it says nothing. */
function rangeOf({ family, relativeChange }: Row): { readonly range?: string } {
  if (relativeChange === undefined) return {};
  const { interval } = relativeChange;
  const openness = opennessOf(family, interval);
  if (openness === 'open' || interval.some(Number.isNaN)) return {};
  if (openness !== 'closed') return { range: formatIntervalIn(family, interval) };
  return { range: `between ${formatIntervalIn(family, interval, 'and')}` };
}

/** Whether the usual request got slower as well, or is shown not to; undefined where the median doesn't say. */
function reachOf(lead: Row, also: readonly Row[], rows: readonly Row[]): Fact['reach'] {
  if (lead.family !== 'latency' || lead.subject.kind !== 'endpoint') return undefined;
  if ([lead, ...also].some(({ metric }) => metric === 'p50')) return 'usual-requests';
  const median = rows.find((row) => row.metric === 'p50' && isSameSubject(row.subject, lead.subject));
  return median?.verdict === 'not-regressed' || median?.verdict === 'improved' ? 'slow-requests' : undefined;
}

/** One endpoint that doubled raises the average of a few as well; that is no slowdown of all of them, as one without any such endpoint is. */
function isBroad(rows: readonly Row[], findings: readonly Finding[]): boolean {
  const slower = new Set(
    findings.filter(({ lead }) => isOfEndpoint(lead)).map(({ lead }) => subjectLabel(lead.subject)),
  );
  const compared = new Set(rows.filter((row) => isCompared(row)).map(({ subject }) => subjectLabel(subject)));
  return slower.size === 0 || slower.size * 2 >= compared.size;
}

function quietEndpoints(rows: readonly Row[]): number {
  const compared = rows.filter((row) => isCompared(row));
  const labels = (some: readonly Row[]) => new Set(some.map(({ subject }) => subjectLabel(subject)));
  const found = labels(compared.filter(({ verdict }) => verdict === 'regressed'));
  if (found.size === 0) return 0;
  return labels(compared).size - found.size;
}

function isCompared(row: Row): boolean {
  return row.verdict !== 'not-compared' && isOfEndpoint(row);
}

function isOfEndpoint({ subject }: Row): boolean {
  return subject.kind === 'endpoint';
}
