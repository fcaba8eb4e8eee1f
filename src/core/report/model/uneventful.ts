import type { Row } from '../../comparison/row.ts';

/** No failure on either side, as on most endpoints most of the time. */
export function isZeroOnBothSides({ unit, baseline, candidate }: Row): boolean {
  return unit === 'fraction' && baseline?.point === 0 && candidate?.point === 0;
}

/**
 * Whether a row tells of failed requests where there were none on either side. Whatever the test made of so little, nobody
 * wants to read that such an endpoint is inconclusive.
 */
export function isUneventful(row: Row): boolean {
  return row.metric === 'errorRate' && isZeroOnBothSides(row);
}
