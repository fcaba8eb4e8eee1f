// Prints how long the comment on 200 endpoints takes in a process that renders nothing else, as the gate's does: in
// processor time, which a busy machine doesn't stretch, and by the clock.
import { renderComment } from '../../src/core/comment/comment-body.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { endpointSubject } from '../../src/core/run-record/subject.ts';
import { aComparison, aRegression } from '../../test/support/a-comparison.ts';
import { reportFacts } from '../../test/support/report-cases.ts';

const comparisons = Array.from({ length: 200 }, (_, i) => {
  const subject = endpointSubject(`${i % 3 === 0 ? 'POST' : 'GET'} /api/v2/accounts/:id/subresources/${i}`);
  const rows = ['p50', 'p95', 'p99'].map((metric) =>
    i % 30 === 7 ? aRegression({ subject, metric }) : aComparison({ subject, metric }),
  );
  return [...rows, aComparison({ subject, metric: 'errorRate' })];
}).flat();
const facts = reportFacts({ comparisons });
const runUrl = 'https://github.com/example/shop/actions/runs/1';

const building = measured(() => buildReport(facts));
const rendering = measured(() => renderComment({ marker: '<!-- tailgate -->', report: building.result, runUrl }));
console.log(
  JSON.stringify({
    buildCpuMs: building.cpuMs,
    cpuMs: rendering.cpuMs,
    wallMs: rendering.wallMs,
    characters: rendering.result.length,
  }),
);

function measured(work) {
  const [began, cpuBefore] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { result, wallMs: performance.now() - began, cpuMs: (user + system) / 1000 };
}
