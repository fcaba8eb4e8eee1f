import type { RowVerdict } from '../../comparison/row.ts';
import { movementWords } from '../model/change-words.ts';
import type { EndpointVerdict } from '../model/endpoint-verdict.ts';
import { verdictLabel } from '../model/severity.ts';

/** The row that stands for an endpoint. */
export interface EndpointLead {
  readonly verdict: RowVerdict;
  /** `worse: p95 120 → 183 ms (+52 %)`. */
  readonly text: string;
}

export function leadOf({ lead }: EndpointVerdict, isAtStop: boolean): EndpointLead {
  const label = verdictLabel(lead);
  if (lead.verdict === 'not-compared') return { verdict: lead.verdict, text: label };
  return { verdict: lead.verdict, text: `${label}: ${movementWords(lead, isAtStop)}` };
}
