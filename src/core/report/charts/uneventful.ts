import type { Comparison } from '../../comparison/comparison.ts';

/**
 * Whether a row tells of failures where there were none on either side. Whatever the test made of so little, nobody
 * wants to read that such an endpoint is inconclusive.
 */
export function isUneventful({ metric, baseline, candidate }: Comparison): boolean {
  return metric === 'errorRate' && baseline?.point === 0 && candidate?.point === 0;
}
