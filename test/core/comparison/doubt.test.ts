import { describe, expect, it } from 'vitest';
import { endpointVerdicts, verdictLabel } from '../../../src/core/report/model/endpoint-verdict.ts';
import { buildReport } from '../../../src/core/report/model/report-model.ts';
import { renderText } from '../../../src/core/report/render/text-report.ts';
import { type RunRecord, requestsOf } from '../../../src/core/run-record/run-record.ts';
import { type Judged, judgePair, judgeRuns } from '../../../src/gate/judge.ts';
import { slowed } from '../../support/a-steady-run.ts';
import { duetPairs, duetRecords } from '../../support/paired-runs.ts';
import { someThresholds } from '../../support/some-thresholds.ts';
import { history, shop } from '../../support/stored-shop.ts';

const plan = { name: 'shop', thresholds: someThresholds(), failOn: ['regressed'] } as const;
const runs = history(7);
const question = 'faster than can be believed: does the candidate do the work?';

/** The first seven runs of a shop whose GET /search has a median of 130 ms, the last of them changed. */
function judgeStored(
  factor: number,
  endpoints: readonly string[] = ['GET /search'],
  [...history]: readonly RunRecord[] = runs,
): Judged {
  const candidate = history.pop() as RunRecord;
  return judgeRuns(
    { ...plan, mode: 'stored' },
    {
      ...{ record: slowed(candidate, factor, endpoints), stored: history, warnings: [] },
      validity: { kind: 'valid', warnings: [] },
    },
  );
}

function judgeDuet(factor: number): Judged {
  const slowdown = (endpoint: number) => (endpoint === 0 ? factor : 1);
  const sides = duetRecords(duetPairs({ endpoints: 3, pairs: 30, requestsPerBlock: 60, seed: 'doubt', slowdown }));
  return judgePair(plan, { ...sides, targetWasReady: true, paired: { placement: 'one-host', order: 'concurrent' } });
}

function said(judged: Judged, endpoint: string) {
  const report = buildReport(judged);
  const verdict = endpointVerdicts(report.facts.rows).find(
    ({ lead: { subject } }) => subject.kind === 'endpoint' && subject.name === endpoint,
  );
  return {
    verdict: judged.decided.verdict.verdict,
    row: verdict && verdictLabel(verdict.lead),
    isPraised: report.notes.some((note) => note.startsWith('Better:')),
    isAsked: report.warnings.some((warning) => warning.startsWith(`${endpoint} p50 `) && warning.endsWith(question)),
  };
}

const doubted = { verdict: 'pass', row: 'inconclusive', isPraised: false, isAsked: true };
const praised = { verdict: 'pass', row: 'better', isPraised: true, isAsked: false };

describe('an endpoint that is faster than can be believed', () => {
  it.each([0, 0.001, 0.05, 0.09])('is asked about and not praised, at %d of its time', (factor) => {
    expect(said(judgeStored(factor), 'GET /search')).toEqual(doubted);
    expect(said(judgeDuet(factor), 'GET /0')).toEqual(doubted);
  });

  it.each([0.5, 0.25, 0.2, 0.15])('is praised for an ordinary gain, at %d of its time', (factor) => {
    expect(said(judgeStored(factor), 'GET /search')).toEqual(praised);
  });

  it('is asked about from a fifth of its time on where no answer of the baseline was half as quick', () => {
    // Behind a network that takes 40 ms.
    const far = { medianMs: 60, requests: 800, spread: 1.2 };
    const runsFromAfar = history(7, { 'GET /a': far, 'GET /b': far, 'GET /c': far });
    const quick = (factor: number) => said(judgeStored(factor, ['GET /a'], runsFromAfar), 'GET /a');
    expect(quick(0.25)).toEqual(praised);
    expect(quick(0.19)).toEqual(doubted);
  });

  it('carries the question on its row, with the figures beside it', () => {
    const judged = judgeStored(0);
    const row = judged.decided.comparison?.comparisons.find(
      ({ subject, metric }) => subject.kind === 'endpoint' && subject.name === 'GET /search' && metric === 'p95',
    );
    expect(row).toMatchObject({ verdict: 'inconclusive', warnings: [question] });
    expect(judged.decided.comparison?.warnings).toContain(`GET /search p50 131 → 0 ms: ${question}`);
  });

  it('is any gain where a request brings a tenth of the bytes', () => {
    const received = (bytesPerRequest: number) => (run: RunRecord) => ({
      ...run,
      bytesReceived: bytesPerRequest * run.endpoints.reduce((sum, series) => sum + requestsOf(series), 0),
    });
    const [candidate] = runs.slice(6) as [RunRecord];
    const judge = (bytes: number, factor: number) => {
      const window = [...runs.slice(0, 6).map(received(1700)), received(bytes)(candidate)];
      return judgeStored(factor, ['GET /search'], window);
    };
    const warning =
      'the candidate answers with 140 bytes per request, the baseline with 1700: does the candidate do the work? Compression that is new would explain it';
    expect(said(judge(140, 0.5), 'GET /search')).toMatchObject({ row: 'inconclusive', isPraised: false });
    expect(judge(140, 0.5).decided.comparison?.warnings).toEqual([warning]);
    expect(renderText(buildReport(judge(140, 0.5)))).toContain('Nothing got worse, but something is faster');
    expect(judge(140, 1).decided.comparison?.warnings).toContain(warning);
    expect(said(judge(400, 0.5), 'GET /search')).toEqual(praised);
  });

  it('is no endpoint by itself where all of them are', () => {
    const judged = judgeStored(0.01, Object.keys(shop));
    expect(judged.decided.comparison?.warnings.at(-1)).toMatch(
      /^GET \/ p50 [^,]* ms, [^,]* ms, [^,]* ms and 6 more: faster than can be believed: does the candidate do the work\?$/,
    );
    expect(buildReport(judged).notes.filter((note) => note.startsWith('Better:'))).toEqual([]);
  });
});
