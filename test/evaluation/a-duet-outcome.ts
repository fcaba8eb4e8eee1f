import type { DuetOutcome } from '../../evaluation/live/live-row.ts';

export function aDuetOutcome(given: Partial<DuetOutcome>): DuetOutcome {
  return {
    verdict: 'pass',
    reason: 'nothing-found',
    detail: '',
    comparisons: [],
    pairsUsed: 36,
    stoppedEarly: false,
    judgedS: 180,
    loadS: 190,
    wallS: 191.5,
    tailgateCpuS: 2,
    tailgateLoadCpuS: 1,
    k6CpuS: 50,
    startLatenessMs: 3,
    warnings: [],
    ...given,
  };
}

export function regressed(endpoint: string, metric: string, relativeChange = 0.2): DuetOutcome['comparisons'][number] {
  return { endpoint, metric, verdict: 'regressed', relativeChange };
}
