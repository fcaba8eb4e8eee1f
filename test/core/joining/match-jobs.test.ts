import { describe, expect, it } from 'vitest';
import { artifactSuffix, matchJobs } from '../../../src/core/joining/join-jobs.ts';
import type { MeasuredJob } from '../../../src/core/joining/measured-job.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

const nothing = (artifact: string): MeasuredJob => ({ artifact, records: [] });
const measured = (artifact: string, name: string): MeasuredJob => ({
  artifact,
  records: [aMeasuredRun(undefined, { fingerprint: { hard: { name }, soft: {} } })],
});
const namesOf = (matched: ReturnType<typeof matchJobs>) => matched.present.map(({ name }) => name);

describe('matchJobs', () => {
  it('knows a job by the name in its run, and by its artifact where it has none', () => {
    const matched = matchJobs(
      [nothing('search'), measured('CI - checkout', 'CI / checkout')],
      ['CI / checkout', 'search'],
      [],
    );
    expect(namesOf(matched)).toEqual(['CI / checkout', 'search']);
    expect(matched.missing).toEqual([]);
  });

  it('misses what was asked for and isn’t there, and counts what is there though nobody asked', () => {
    const matched = matchJobs([measured('mail', 'mail')], ['search'], []);
    expect(matched).toMatchObject({ missing: ['search'], notRun: [] });
    expect(namesOf(matched)).toEqual(['mail']);
  });

  it('believes an artifact more than a list of what did not run, and the jobs that must run more than it', () => {
    const matched = matchJobs([measured('mail', 'mail')], ['search'], ['mail', 'search', 'stock']);
    expect(matched).toMatchObject({ missing: ['search'], notRun: ['stock'] });
  });

  it('keeps two jobs of one name apart by their artifacts', () => {
    expect(namesOf(matchJobs([measured('a', 'shop'), measured('b', 'shop')], undefined, []))).toEqual(['a', 'b']);
  });
});

describe('artifactSuffix', () => {
  it('has none of the characters that GitHub refuses in the name of an artifact', () => {
    expect(artifactSuffix('CI / load: "all"\n <1>')).not.toMatch(/["<>|*?\\/:\r\n]/);
  });
});
