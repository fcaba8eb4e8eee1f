import { describe, expect, it } from 'vitest';
import type { Acceptance, AcceptedLevel } from '../../src/core/acceptance/acceptance.ts';
import { applyAcceptance } from '../../src/core/acceptance/apply-acceptance.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import type { Thresholds } from '../../src/core/thresholds/thresholds.ts';
import { runDecision } from '../../src/gate/decide.ts';
import type { Acceptor } from '../../src/ports.ts';
import { slowed } from '../support/a-steady-run.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { someThresholds } from '../support/some-thresholds.ts';
import { history } from '../support/stored-shop.ts';

const jobs = ['checkout', 'mail'];
const runs = Object.fromEntries(
  jobs.map((name) => [
    name,
    history(7, undefined, name).map((run) => ({
      ...run,
      id: `${run.id} ${name}`,
      fingerprint: { ...run.fingerprint, hard: { name } },
    })),
  ]),
);

const acceptance: Acceptance = {
  by: 'maintainer',
  reasonBy: 'maintainer',
  reason: 'search reads all shops',
  label: 'tailgate-accept',
  labeledAt: '2026-11-25T09:00:00Z',
  until: '2026-12-25',
  pullRequest: 7,
};

/** Somebody who set the label when the first verdict stood. */
function acceptor(): Acceptor {
  let level: AcceptedLevel | undefined;
  return {
    accept: async (decided) => {
      const accepted = applyAcceptance(decided, acceptance, level);
      level = accepted.level;
      return { decided: accepted.decided, warnings: [] };
    },
  };
}

/** The verdict on a matrix whose job `checkout` takes `factor` times as long to search. */
async function decideWith(factor: number, thresholds: Thresholds, label: Acceptor) {
  const measured = jobs.map((name) => {
    const run = runs[name]?.[6] as RunRecord;
    return { artifact: name, records: [name === 'checkout' ? slowed(run, factor, ['GET /search']) : run] };
  });
  const result = await runDecision(
    { name: 'shop', thresholds, failOn: ['regressed'], unchangedJobs: [], repeats: 'auto', jobs },
    {
      store: {
        label: 'dir:runs',
        list: async () => ({ records: jobs.flatMap((name) => runs[name]?.slice(0, 6) ?? []), warnings: [] }),
        append: async () => {},
      },
      reports: { label: 'artifacts', read: async () => measured },
      ...{ sinks: [], log: recordedLog(), signal: new AbortController().signal, acceptor: label },
      onInterrupt: 'report',
    },
  );
  if (result.kind !== 'decided') throw new Error('interrupted');
  return result.decided;
}

describe('runDecision', () => {
  const relativeIncrease = { p50: 0.5, p95: 0.5, p99: 0.5 };
  const wide = someThresholds({ rules: [{ pattern: 'GET /search', margins: { relativeIncrease } }] });

  it.each([
    ['the usual margins', someThresholds(), 'fail'],
    ['margins of the endpoint, named without its job', wide, 'pass'],
  ])('holds what goes beyond an accepted level of a matrix against %s', async (_, thresholds, verdict) => {
    const label = acceptor();
    const first = await decideWith(1.7, thresholds, label);
    expect(first.verdict).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    const further = await decideWith(1.7 * 1.35, thresholds, label);
    expect(further.verdict.verdict).toBe(verdict);
  });
});
