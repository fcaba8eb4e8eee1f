import { type Subject, subjectKey } from '../run-record/subject.ts';
import type { Row } from './row.ts';

/**
 * Where did failures become more frequent? Failures are often quick, so what fails more is never called faster: an
 * endpoint whose errors rose, by however little as long as it is significant; everything when the errors of all together
 * or a check rose, since a check belongs to no endpoint; and all endpoints together when any of them is among these.
 *
 * @param rows of error rates and checks
 */
export function risenErrors(rows: readonly Row[]): (subject: Subject) => boolean {
  const risen = rows.filter(({ verdict }) => verdict === 'regressed' || verdict === 'slower-within-margin');
  const subjects = new Set(risen.map(({ subject }) => subjectKey(subject)));
  const isEverywhere = risen.some(({ subject }) => subject.kind !== 'endpoint');
  return (subject) =>
    isEverywhere || (subject.kind === 'endpoint' ? subjects.has(subjectKey(subject)) : risen.length > 0);
}
