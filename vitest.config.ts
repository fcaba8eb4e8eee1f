import { defineConfig } from 'vitest/config';

/**
 * Three projects, run in this order by `npm test`:
 * `unit` in parallel; `live` (real k6, real servers, child processes) afterwards in one worker, because whatever
 * measures must not compete with anything else for the cores.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.live.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'live',
          include: ['test/**/*.live.test.ts'],
          globalSetup: ['test/support/fetch-k6.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
