import { describe, expect, it } from 'vitest';
import {
  allEndpoints,
  endpointSubject,
  isSameSubject,
  labelInFile,
  type Subject,
  subjectKey,
  subjectLabel,
  subjectOfLabel,
} from '../../../src/core/run-record/subject.ts';

const subjects: readonly (readonly [Subject, metric: string])[] = [
  [endpointSubject('GET /cart'), 'p95'],
  [allEndpoints, 'p50'],
  [allEndpoints, 'requestRate'],
  [{ kind: 'check', name: 'cart has items' }, 'checkFailureRate'],
  [{ kind: 'metric', name: 'render_time' }, 'render_time'],
  [{ kind: 'all-endpoints', job: 'checkout' }, 'errorRate'],
  [{ kind: 'metric', name: 'render_time', job: 'checkout' }, 'render_time'],
];

describe('subjects', () => {
  it.each(subjects)('come back from their label in a file: %j', (subject, metric) => {
    expect(subjectOfLabel(labelInFile(subject), metric)).toEqual(subject);
  });

  it('differ by what they are, not by how they read', () => {
    const endpoint = endpointSubject('(all endpoints)');
    expect(subjectLabel(endpoint)).toBe(subjectLabel(allEndpoints));
    expect(isSameSubject(endpoint, allEndpoints)).toBe(false);
    expect(new Set(subjects.map(([subject]) => subjectKey(subject))).size).toBe(subjects.length - 1);
  });
});
