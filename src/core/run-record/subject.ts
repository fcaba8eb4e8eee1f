import * as v from 'valibot';

/**
 * What something is said about: one endpoint, all endpoints together, one check, or one other metric. `job` is the job of
 * a matrix that measured it; absent where there is only one.
 */
export type Subject =
  | { readonly kind: 'endpoint' | 'check' | 'metric'; readonly name: string; readonly job?: string }
  | { readonly kind: 'all-endpoints'; readonly job?: string };

export const allEndpoints: Subject = { kind: 'all-endpoints' };

/** By the endpoint's label as records have it. */
export function endpointSubject(name: string): Subject {
  return { kind: 'endpoint', name };
}

/** Of files and markers. */
export const subjectSchema = v.variant('kind', [
  v.object({
    kind: v.picklist(['endpoint', 'check', 'metric']),
    name: v.string(),
    job: v.exactOptional(v.string()),
  }),
  v.object({ kind: v.literal('all-endpoints'), job: v.exactOptional(v.string()) }),
]);

/** How people read it: `GET /cart`, `(all endpoints)`, and in a matrix `checkout / GET /cart`. From outside. */
export function subjectLabel(subject: Subject): string {
  const name = subject.kind === 'all-endpoints' ? '(all endpoints)' : subject.name;
  return subject.job === undefined ? name : `${subject.job} / ${name}`;
}

/** The same subject as one job of a matrix measured it. */
export function inJob<S extends Subject>(subject: S, job: string): S {
  return { ...subject, job };
}

/** Tells subjects apart as keys of a map, however their names read. */
export function subjectKey(subject: Subject): string {
  return `${subject.kind} ${subjectLabel(subject)}`;
}

/** By value: kind, name and job. */
export function isSameSubject(a: Subject, b: Subject): boolean {
  return subjectKey(a) === subjectKey(b);
}

/** Alphabetical, by what people read; a total order, so that equal facts give equal reports. */
export function bySubject(a: Subject, b: Subject): number {
  const [x, y] = [subjectLabel(a), subjectLabel(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Metrics that version 1 of the files wrote beside `(all endpoints)` for all endpoints together. */
const totalsOfVersion1: readonly string[] = [
  'p50',
  'p95',
  'p99',
  'errorRate',
  'requestRate',
  'iterationRate',
  'unendedIterations',
];

/** The label of a subject in files that know labels only, where it stands beside the name of the metric. */
export function labelInFile(subject: Subject): string {
  return subjectLabel(subject.kind === 'metric' ? { kind: 'all-endpoints', ...jobOf(subject.job) } : subject);
}

/** The subject that a `labelInFile` stands for: beside `checkFailureRate` a label is a check's. */
export function subjectOfLabel(label: string, metric: string): Subject {
  if (metric === 'checkFailureRate') return { kind: 'check', name: label };
  const all = /^(?:(?<job>.*) \/ )?\(all endpoints\)$/.exec(label);
  if (all === null) return { kind: 'endpoint', name: label };
  const job = jobOf(all.groups?.['job']);
  return totalsOfVersion1.includes(metric)
    ? { kind: 'all-endpoints', ...job }
    : { kind: 'metric', name: metric, ...job };
}

function jobOf(job: string | undefined): { readonly job?: string } {
  return job === undefined ? {} : { job };
}
