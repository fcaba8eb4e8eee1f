import { defineConfig } from 'vitest/config';

/**
 * Projects in the order in which `npm test` runs them: `unit` in parallel; `live` (real k6, real servers, child processes)
 * afterwards in one worker, because whatever measures must not compete with anything else for the cores.
 * `npm run workflows` runs a third one: the shipped workflows, each as a whole, which takes long.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.live.test.ts', 'test/**/*.workflow.test.ts'],
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
          // What is measured on a shared machine is wrong now and then by itself; the list says `(retry x1)`.
          retry: 1,
        },
      },
      {
        test: {
          name: 'workflows',
          include: ['test/**/*.workflow.test.ts'],
          globalSetup: ['test/support/fetch-k6.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
