import { join } from 'node:path';

/** Both sides of the measurement that docs/reading-a-report.md shows. */
export const pairFiles = {
  baseline: join(import.meta.dirname, 'baseline.run.json.gz'),
  candidate: join(import.meta.dirname, 'candidate.run.json.gz'),
};

/** What was planned: the load ends earlier when the answer is known. */
export const judgedS = 60;
export const blockLengthMs = 5000;
