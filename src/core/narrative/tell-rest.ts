import type { Phrase } from './narrative.ts';
import type { NarrativeFacts } from './narrative-facts.ts';

/** What there is beside the findings that are told one by one. */
export function tellRest({ furtherFindings, quietEndpoints }: NarrativeFacts): Phrase[] {
  return [
    furtherFindings === undefined ? [] : ['The report file has ', { kind: 'value', text: furtherFindings }, '.'],
    tellQuiet(quietEndpoints ?? 0),
  ];
}

function tellQuiet(count: number): Phrase {
  if (count === 0) return [];
  if (count === 1) return ['The other endpoint shows nothing beyond its margins.'];
  return ['The other ', { kind: 'value', text: `${count} endpoints` }, ' show nothing beyond their margins.'];
}
