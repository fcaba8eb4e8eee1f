import type { Row } from '../../../src/core/comparison/row.ts';
import { buildReport, type Report } from '../../../src/core/report/model/report-model.ts';
import { allEndpoints, endpointSubject, type Subject } from '../../../src/core/run-record/subject.ts';
import { aComparison, aRegression, checkSubject, estimate, metricSubject } from '../a-comparison.ts';
import { reportFacts } from '../report-cases.ts';
import { hostileName } from './hostile-names.ts';
import { pick, type Random, randomInteger } from './random-choice.ts';

/** The report of a build that failed on one to eight random findings, with names that mean harm. */
export function randomReport(random: Random): Report {
  const count = 1 + randomInteger(random, 8);
  const rows = Array.from({ length: count }, () => randomFinding(random)).flat();
  const common = random.next() < 0.3 ? [withoutSides(latency(random, allEndpoints, 'p95'))] : [];
  const quiet = Array.from({ length: randomInteger(random, 4) }, (_, i) =>
    aComparison({
      subject: endpointSubject(`GET /quiet/${i}`),
      verdict: random.next() < 0.5 ? 'inconclusive' : 'not-regressed',
    }),
  );
  const stoppedEarly = random.next() < 0.2;
  return buildReport(
    reportFacts({ comparisons: [...rows, ...common, ...quiet], result: stoppedEarly ? { stoppedEarly } : {} }),
  );
}

function randomFinding(random: Random): Row[] {
  const name = hostileName(random);
  const kind = randomInteger(random, 6);
  const subject = endpointSubject(name);
  if (kind === 0) return [failures(random, subject, 'errorRate')];
  if (kind === 1) return [failures(random, checkSubject(name), 'checkFailureRate')];
  if (kind === 2) return [listedMetric(random, name)];
  const metrics = (['p95', 'p50', 'p99'] as const).filter(() => random.next() < 0.6);
  const holding =
    metrics.includes('p50') || random.next() < 0.5
      ? []
      : [aComparison({ subject, metric: 'p50', verdict: 'not-regressed' })];
  return [
    ...(metrics.length === 0 ? ['p95' as const] : metrics).map((metric) => latency(random, subject, metric)),
    ...holding,
  ];
}

function latency(random: Random, subject: Subject, metric: 'p50' | 'p95' | 'p99'): Row {
  const before = 10 ** (random.next() * 5);
  const change = 0.01 + 10 ** (random.next() * 4 - 3);
  // Pooled in another way than the sides, so that now and then the two disagree.
  const factor = random.next() < 0.05 ? 1 - random.next() / 3 : 1 + change;
  return aRegression({
    subject,
    metric,
    baseline: estimate(before),
    candidate: estimate(before * factor),
    relativeChange: around(random, change),
  });
}

function failures(random: Random, subject: Subject, metric: string): Row {
  const before = random.next() * 0.05;
  const change = random.next() * (1 - before);
  const sides = { baseline: estimate(before), candidate: estimate(before + change) };
  return aRegression({ subject, metric, ...sides, relativeChange: around(random, change) });
}

/** A metric of the team's own, of which less can be worse. */
function listedMetric(random: Random, metric: string): Row {
  const direction = pick(random, ['up', 'down'] as const);
  const change = (direction === 'up' ? 1 : -1) * (0.02 + random.next() * 0.9);
  const before = 10 ** (random.next() * 6 - 2);
  const sides = { baseline: estimate(before), candidate: estimate(before * (1 + change)) };
  return aRegression({
    subject: metricSubject(metric),
    direction,
    ...sides,
    relativeChange: around(random, change),
  });
}

function around(random: Random, point: number): NonNullable<Row['relativeChange']> {
  const upper = random.next() < 0.05 ? Number.POSITIVE_INFINITY : point + random.next() * 0.3;
  return { point, interval: [point - random.next() * 0.3, upper], level: 0.95, n: 6 };
}

function withoutSides({ baseline: _, candidate: __, ...rest }: Row): Row {
  return rest;
}
