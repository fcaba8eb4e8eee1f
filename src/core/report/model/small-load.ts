import { quantiles } from '../../thresholds/quantiles.ts';
import { isIgnored } from '../../thresholds/thresholds.ts';
import { nameInSentence } from '../escape.ts';
import { formatCount, formatWhole } from '../format-quantity.ts';
import type { ReportFacts } from './report-facts.ts';

/**
 * What this load is too small for, and how much larger it would have to be; nothing where every endpoint has enough.
 * Said of a run that was not compared yet, since more runs of the same load would not help it.
 */
export function smallLoadSteps({ record, thresholds }: ReportFacts): string[] {
  const endpoints = (record?.endpoints ?? [])
    .filter(({ endpoint }) => !isIgnored(endpoint, thresholds))
    .map(({ endpoint, blocks }) => ({
      endpoint,
      responses: blocks.reduce((sum, { latency }) => sum + latency.count, 0),
    }));
  // Where nothing was answered as expected, more requests would not be either.
  const short = endpoints.filter(({ responses }) => responses > 0 && responses < quantiles.p95.minRequests);
  const [fewest] = short.toSorted((a, b) => a.responses - b.responses);
  if (fewest === undefined) return [];
  const withoutMedian = short.filter(({ responses }) => responses < quantiles.p50.minRequests).length;
  const alsoMedian =
    withoutMedian === 0 ? '' : ` (nor p50 on ${withoutMedian === short.length ? 'any' : withoutMedian} of them)`;
  const had = `${nameInSentence(fewest.endpoint)} had ${short.length === 1 ? '' : 'only '}${fewest.responses}`;
  const factor = formatWhole(Math.ceil(quantiles.p95.minRequests / fewest.responses));
  return [
    `p95 will not be judged on ${short.length} of ${formatCount(endpoints.length, 'endpoint')}${alsoMedian}: it needs ${quantiles.p95.minRequests} requests per endpoint and run after the warm-up, and ${had}. Make the load ${factor} times as long, or raise its rate.`,
  ];
}
