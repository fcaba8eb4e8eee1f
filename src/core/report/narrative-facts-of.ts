import { allEndpoints, type Comparison } from '../comparison/comparison.ts';
import type { Fact, NarrativeFacts, Situation } from '../narrative/narrative-facts.ts';
import { changeWords } from './change-words.ts';
import { formatCount, formatInterval, formatSides, isQuantile, metricLabel } from './format-quantity.ts';
import type { Finding, TrafficShares } from './rank-findings.ts';
import { isAtStop, type RankedFacts } from './report-facts.ts';
import type { PartedFindings } from './tiny-wins.ts';

/** What the report's paragraph may tell, with the same texts for the same numbers as in the tables. */
export function narrativeFactsOf(
  facts: RankedFacts,
  parted: PartedFindings,
  shown: number,
  shares: TrafficShares,
): NarrativeFacts {
  const { rows, decided } = facts;
  const { verdict, comparison } = decided;
  const findings = [...parted.worthwhile, ...parted.tiny];
  // What could not be settled is a suspicion; told like a finding it would sound sure.
  const isUnsettled = 'reason' in verdict && verdict.reason === 'unsettled';
  const told = isUnsettled
    ? []
    : parted.worthwhile.slice(0, shown).map((finding, i) => factOf(`f${i + 1}`, finding, facts, findings));
  // Tiny wins have a note of their own.
  const further = isUnsettled ? 0 : parted.worthwhile.length - told.length;
  const quiet = isUnsettled ? 0 : quietEndpoints(rows);
  const tolerated = rows.find((row) => row.verdict === 'slower-within-margin');
  const improved = rows
    .filter((row) => row.verdict === 'improved' && formatSides(row) !== '' && row.endpoint !== allEndpoints)
    .sort((a, b) => (shares.get(b.endpoint) ?? 0) - (shares.get(a.endpoint) ?? 0))[0];
  const [suspect] = comparison?.suspects ?? [];
  return {
    situation: 'reason' in verdict ? situationOf(verdict.reason, verdict.verdict) : verdict.verdict,
    findings: told,
    ...(further > 0 && { furtherFindings: formatCount(further, 'further regression') }),
    ...(quiet > 0 && { quietEndpoints: quiet }),
    ...(tolerated && { tolerated: factOf('f1', { lead: tolerated, also: [] }, facts, findings) }),
    ...(improved && { improved: factOf('f1', { lead: improved, also: [] }, facts, findings) }),
    ...(suspect && suspect.endpoint !== allEndpoints && { suspectName: suspect.endpoint }),
  };
}

type Reason = Extract<RankedFacts['decided']['verdict'], { readonly reason: string }>['reason'];

/** Why nothing was measured is told by the verdict's own line. */
function situationOf(reason: Reason, verdict: string): Situation {
  return verdict === 'invalid' ? 'invalid' : (reason as Situation);
}

function factOf(id: string, { lead, also }: Finding, facts: RankedFacts, findings: readonly Finding[]): Fact {
  const name = nameOf(lead);
  const sides = formatSides(lead);
  const interval = formatInterval(lead);
  const atStop = isAtStop(facts);
  const reach = reachOf(lead, also, facts.rows);
  return {
    id,
    kind: kindOf(lead),
    ...(name !== undefined && { name }),
    metric: metricLabel(lead.metric),
    moved: movedOf(lead),
    ...(sides !== '' && { values: `from ${sides.replace(' → ', ' to ')}` }),
    change: changeWords(lead, atStop),
    // At a stop the change has it already, and first.
    ...(isKnown(interval) && !atStop && { range: rangeOf(interval) }),
    also: also.map((row) => ({ metric: metricLabel(row.metric), change: changeWords(row, atStop) })),
    ...(reach && { reach }),
    ...(lead.endpoint === allEndpoints && isQuantile(lead.metric) && { isBroad: isBroad(facts.rows, findings) }),
  };
}

/** Listed metrics all stand under "all endpoints" and have their own name. */
function nameOf({ endpoint, metric }: Comparison): string | undefined {
  if (endpoint !== allEndpoints) return endpoint;
  return isQuantile(metric) || metric === 'errorRate' || metric === 'checkFailureRate' ? undefined : metric;
}

function kindOf({ metric }: Comparison): Fact['kind'] {
  if (metric === 'errorRate') return 'errors';
  if (metric === 'checkFailureRate') return 'checks';
  return isQuantile(metric) ? 'latency' : 'metric';
}

/** Where the number went; unclear where the verdict, the change and the two sides, which are pooled differently, disagree. */
function movedOf({ baseline, candidate, relativeChange, direction, verdict }: Comparison): Fact['moved'] {
  const change = Math.sign(relativeChange?.point ?? 0);
  const sides = baseline && candidate ? Math.sign(candidate.point - baseline.point) : change;
  if (change !== sides || !(change > 0 || change < 0)) return 'unclear';
  const moved = change > 0 ? 'up' : 'down';
  return verdict === 'regressed' && moved !== direction ? 'unclear' : moved;
}

/** `between +40 and +65 %`, or what an interval with an open end says by itself. */
function rangeOf(interval: string): string {
  const isClosed = /^[+−0].* to /.test(interval);
  return isClosed ? `between ${interval.replace(' to ', ' and ')}` : interval;
}

function isKnown(interval: string): boolean {
  return interval !== '' && !/[?∞]|NaN|Infinity|anything/.test(interval);
}

/** Whether the usual request got slower as well, or is shown not to; undefined where the median doesn't say. */
function reachOf(lead: Comparison, also: readonly Comparison[], rows: readonly Comparison[]): Fact['reach'] {
  if (!isQuantile(lead.metric) || lead.endpoint === allEndpoints) return undefined;
  if ([lead, ...also].some(({ metric }) => metric === 'p50')) return 'usual-requests';
  const median = rows.find((row) => row.metric === 'p50' && row.endpoint === lead.endpoint);
  return median?.verdict === 'not-regressed' || median?.verdict === 'improved' ? 'slow-requests' : undefined;
}

/** One endpoint that doubled raises the average of a few as well; that is no slowdown of all of them, as one without any such endpoint is. */
function isBroad(rows: readonly Comparison[], findings: readonly Finding[]): boolean {
  const slower = new Set(findings.filter(({ lead }) => isOfEndpoint(lead)).map(({ lead }) => lead.endpoint));
  const compared = new Set(rows.filter((row) => isCompared(row)).map(({ endpoint }) => endpoint));
  return slower.size === 0 || slower.size * 2 >= compared.size;
}

function quietEndpoints(rows: readonly Comparison[]): number {
  const compared = rows.filter((row) => isCompared(row));
  const found = new Set(compared.filter(({ verdict }) => verdict === 'regressed').map(({ endpoint }) => endpoint));
  if (found.size === 0) return 0;
  return new Set(compared.map(({ endpoint }) => endpoint).filter((endpoint) => !found.has(endpoint))).size;
}

function isCompared(row: Comparison): boolean {
  return row.verdict !== 'not-compared' && isOfEndpoint(row);
}

function isOfEndpoint({ endpoint, metric }: Comparison): boolean {
  return endpoint !== allEndpoints && metric !== 'checkFailureRate';
}
