import type { Row, RowVerdict } from '../../comparison/row.ts';

const severityOrder: readonly RowVerdict[] = [
  'regressed',
  'slower-within-margin',
  'inconclusive',
  'improved',
  'not-regressed',
  'not-compared',
];

/** Place of a row in the order in which people want to see them: 0 is the worst. */
export function severityOf({ verdict }: Row): number {
  return severityOrder.indexOf(verdict);
}
