import type { Scenario, ScriptInspection } from '../../src/adapters/k6/script/inspect-script.ts';

/** What k6 would say of a script with these scenarios; everything not given is empty. */
export function anInspection(scenarios: Record<string, Partial<Scenario>>): ScriptInspection {
  const whole = (scenario: Partial<Scenario>): Scenario => ({
    ...{ executor: 'constant-vus', startTime: 0, exec: 'default', env: {}, options: {}, rate: 0, startRate: 0 },
    ...{ timeUnit: '1s', duration: 0, maxDuration: 0, stages: [], startVUs: null, vus: null, iterations: null },
    ...scenario,
  });
  return {
    scenarios: Object.fromEntries(Object.entries(scenarios).map(([name, scenario]) => [name, whole(scenario)])),
    ...{
      totalDurationMs: 0,
      setupTimeoutMs: 0,
      teardownTimeoutMs: 0,
      usesBrowser: false,
      skipsCertificateCheck: false,
      systemTags: [],
    },
  };
}
