import { reasonAgainst } from '../../baseline/select-window.ts';
import type { RowVerdict } from '../../comparison/row.ts';
import { byStart, type EndpointSeries, latenciesByEndpoint, type RunRecord } from '../../run-record/run-record.ts';
import { subjectLabel } from '../../run-record/subject.ts';
import { type LatencySketch, quantileMs } from '../../sketch/latency-sketch.ts';
import { movementWords } from '../format-quantity.ts';
import { decisionTrail, type TrailStep } from '../model/decision-trail.ts';
import {
  type EndpointVerdict,
  endpointVerdicts,
  severityOf,
  type VerdictCount,
  verdictCounts,
  verdictLabel,
} from '../model/endpoint-verdict.ts';
import { rankFindings, type TrafficShares, trafficShares } from '../model/rank-findings.ts';
import { hasUsableFigures, isAtStop, type RankedFacts } from '../model/report-facts.ts';
import type { Table } from '../model/table.ts';
import { findingsTable } from '../model/tables.ts';
import { type BlockTimeline, blockTimeline } from './block-timeline.ts';
import { type ChangeChart, changeCharts } from './change-chart.ts';
import { type DistributionChart, distributionChart } from './distribution-chart.ts';
import { type EndpointBlocks, endpointBlocks } from './endpoint-blocks.ts';
import { type EnvironmentRow, environmentTable } from './environment-table.ts';
import { type TrendChart, type TrendRun, trendChart } from './trend-chart.ts';

/** What a page shows beyond the report's texts: the measurements behind the verdict, ready to be drawn. */
export interface ReportCharts {
  readonly counts: readonly VerdictCount[];
  /** Every finding, where the report itself names five. */
  readonly findings: Table;
  /** One per metric; empty where nothing was compared. */
  readonly changes: readonly ChangeChart[];
  /** Index in `changes` of the one to show first. */
  readonly firstChange: number;
  /** Worst first, then busiest. */
  readonly endpoints: readonly EndpointCharts[];
  /** Endpoints without charts: the page would grow too heavy. */
  readonly furtherEndpoints: number;
  readonly timeline: BlockTimeline | undefined;
  readonly environment: readonly EnvironmentRow[];
  readonly trail: readonly TrailStep[];
  /** Whether the figures are those at an early stop, which leans toward the larger changes. */
  readonly isAtStop: boolean;
}

/** One endpoint from near. */
export interface EndpointCharts {
  readonly endpoint: string;
  /** What is worst about it; absent where nothing was compared. */
  readonly lead: EndpointLead | undefined;
  /** One of the first, which have figures to read off and their course over the run as well. */
  readonly isDetailed: boolean;
  readonly distribution: DistributionChart | undefined;
  readonly blocks: EndpointBlocks | undefined;
  readonly trend: TrendChart | undefined;
}

const maxEndpoints = 50;

/** More endpoints with everything would make a heavy page. */
const maxDetailed = 10;

/** The stored run of the same load, with its latencies. */
interface StoredRun {
  readonly record: RunRecord;
  readonly sketches: ReadonlyMap<string, LatencySketch>;
  readonly kind: TrendRun['kind'];
}

/** All charts of the HTML report. The worst endpoints get charts of their own, up to a number; the rest is counted. */
export function buildCharts(facts: RankedFacts): ReportCharts {
  const shares = trafficShares(facts.record);
  const { record, window, rows, thresholds, decided } = facts;
  const findings = rankFindings(rows);
  const changes = changeCharts(rows, shares);
  const worst = findings[0]?.lead.metric;
  const firstChange = Math.max(
    0,
    changes.findIndex(({ metric }) => metric === worst),
  );
  const endpoints = hasUsableFigures(facts) ? endpointOrder(facts, shares) : [];
  return {
    counts: verdictCounts(rows),
    findings: findingsTable(findings, thresholds, shares, isAtStop(facts)),
    changes,
    firstChange,
    endpoints: record === undefined ? [] : endpointCharts(facts, record, endpoints.slice(0, maxEndpoints)),
    furtherEndpoints: Math.max(0, endpoints.length - maxEndpoints),
    timeline: record && blockTimeline(record, decided.comparison ? window : [], facts.mode === 'duet'),
    environment: record === undefined ? [] : environmentTable(record, window),
    trail: decisionTrail(facts),
    isAtStop: isAtStop(facts),
  };
}

/** Worst first, then the busiest; one that only a stored run knows comes last. */
function endpointOrder({ rows, record }: RankedFacts, shares: TrafficShares): string[] {
  const places = new Map(
    endpointVerdicts(rows)
      .filter(({ lead }) => lead.subject.kind === 'endpoint')
      .map(({ lead, rows: own }) => [
        subjectLabel(lead.subject),
        { severity: severityOf(lead), impact: Math.max(0, ...own.map(({ impact }) => impact)) },
      ]),
  );
  const measured = (record?.endpoints ?? []).map(({ endpoint }) => endpoint);
  const place = (name: string) => places.get(name) ?? { severity: Number.MAX_SAFE_INTEGER, impact: 0 };
  return [...new Set([...measured, ...places.keys()])].sort(
    (a, b) =>
      place(a).severity - place(b).severity ||
      place(b).impact - place(a).impact ||
      (shares.get(b) ?? 0) - (shares.get(a) ?? 0) ||
      (a < b ? -1 : 1),
  );
}

function endpointCharts(facts: RankedFacts, record: RunRecord, endpoints: readonly string[]): EndpointCharts[] {
  const isPaired = facts.mode === 'duet';
  const compared = facts.decided.comparison ? facts.window : [];
  const stored = isPaired ? [] : storedRuns(facts, record);
  const windowSketches = compared.map(
    (run) => stored.find((other) => other.record === run)?.sketches ?? latenciesByEndpoint(run),
  );
  const own = latenciesByEndpoint(record);
  const verdicts = new Map(
    endpointVerdicts(facts.rows).map((verdict) => [subjectLabel(verdict.lead.subject), verdict]),
  );
  return endpoints.map((endpoint, i) => ({
    endpoint,
    isDetailed: i < maxDetailed,
    lead: verdicts.get(endpoint) && leadOf(verdicts.get(endpoint) as EndpointVerdict, isAtStop(facts)),
    distribution: distributionChart(
      windowSketches.flatMap((sketches) => sketches.get(endpoint) ?? []),
      own.get(endpoint),
    ),
    blocks:
      i < maxDetailed
        ? endpointBlocks(
            seriesOf(record, endpoint),
            compared.flatMap((run) => seriesOf(run, endpoint) ?? []),
            { blockLengthMs: record.blockLengthMs, isPaired },
          )
        : undefined,
    trend: trendChart([
      ...stored.flatMap((run) => trendRun(run.record, run.sketches, endpoint, run.kind)),
      ...trendRun(record, own, endpoint, 'candidate'),
    ]),
  }));
}

function seriesOf(record: RunRecord, endpoint: string): EndpointSeries | undefined {
  return record.endpoints.find((series) => series.endpoint === endpoint);
}

/** Runs of the same load, in the window or not, oldest first. */
function storedRuns({ stored, window }: RankedFacts, candidate: RunRecord): StoredRun[] {
  const inWindow = new Set(window);
  return [...new Set([...(stored ?? []), ...window])]
    .filter((record) => inWindow.has(record) || reasonAgainst(record, candidate) === undefined)
    .sort(byStart)
    .slice(-maxTrendRuns)
    .map((record) => ({
      record,
      sketches: latenciesByEndpoint(record),
      kind: inWindow.has(record) ? 'window' : record.quarantined ? 'quarantined' : 'earlier',
    }));
}

/** A point needs room to be seen. */
const maxTrendRuns = 60;

function trendRun(
  { startedAt, provenance }: RunRecord,
  sketches: ReadonlyMap<string, LatencySketch>,
  endpoint: string,
  kind: TrendRun['kind'],
): TrendRun[] {
  const sketch = sketches.get(endpoint);
  if (sketch === undefined || sketch.count < minRequests) return [];
  const { commit } = provenance;
  return [{ ms: quantileMs(sketch, 0.95), kind, startedAt, ...(commit !== undefined && { commit }) }];
}

/** A p95 of fewer requests than this is one of their largest values. */
const minRequests = 50;

/** The row that stands for an endpoint. */
export interface EndpointLead {
  readonly verdict: RowVerdict;
  /** `worse: p95 120 → 183 ms (+52 %)`. */
  readonly text: string;
}

function leadOf({ lead }: EndpointVerdict, isAtStop: boolean): EndpointLead {
  const label = verdictLabel(lead);
  if (lead.verdict === 'not-compared') return { verdict: lead.verdict, text: label };
  return { verdict: lead.verdict, text: `${label}: ${movementWords(lead, isAtStop)}` };
}
