import type { NotComparedReason, Row, RowVerdict } from '../../comparison/row.ts';

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

/** As people read them. */
export const verdictLabels: Readonly<Record<RowVerdict, string>> = {
  regressed: 'worse',
  'slower-within-margin': 'worse within the margin',
  inconclusive: 'inconclusive',
  improved: 'better',
  'not-regressed': 'shown not slower',
  'not-compared': 'not compared',
};

export function verdictLabel({ verdict, notComparedReason }: Row): string {
  return verdictWords(verdict, notComparedReason);
}

export function verdictWords(verdict: RowVerdict, reason: NotComparedReason | undefined): string {
  return reason === undefined ? verdictLabels[verdict] : `${verdictLabels[verdict]}: ${reason.replaceAll('-', ' ')}`;
}
