import type { Comparison, EndpointVerdict } from '../../comparison/comparison.ts';
import { movementWords } from '../change-words.ts';
import { severityOf, verdictLabel } from '../tables.ts';

/** The row that stands for an endpoint. */
export interface EndpointLead {
  readonly verdict: EndpointVerdict;
  /** `worse: p95 120 → 183 ms (+52 %)`. */
  readonly text: string;
}

/** Of equally bad rows the first of these. */
const order: readonly string[] = ['p95', 'p50', 'p99', 'errorRate'];

/** `rows` are those of one endpoint. */
export function leadOf(rows: readonly Comparison[], isAtStop: boolean): EndpointLead | undefined {
  const [lead] = rows.toSorted(
    (a, b) => severityOf(a) - severityOf(b) || order.indexOf(a.metric) - order.indexOf(b.metric),
  );
  if (lead === undefined) return undefined;
  const label = verdictLabel(lead);
  if (lead.verdict === 'not-compared') return { verdict: lead.verdict, text: label };
  return { verdict: lead.verdict, text: `${label}: ${movementWords(lead, isAtStop)}` };
}
