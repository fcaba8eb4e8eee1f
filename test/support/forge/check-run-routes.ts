import { type Route, refuse } from './route.ts';

export interface ForgeCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly conclusion: string;
  readonly output: { readonly title: string; readonly summary: string; readonly annotations?: readonly unknown[] };
}

/** Check runs that were created. */
export class CheckRuns {
  readonly all: ForgeCheckRun[] = [];
}

/** From GitHub's description; those of annotations are checked there. */
const longestSummary = 65_535;

export const checkRunRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/check-runs',
    permissions: ['checks: write'],
    handle: ({ state, body }) => {
      const given = body as Omit<ForgeCheckRun, 'id'>;
      if (given.output.summary.length > longestSummary) return refuse(422, 'Invalid request.');
      const run = { ...given, id: state.nextId() };
      state.of(CheckRuns).all.push(run);
      const { output, ...rest } = run;
      const { title, summary, annotations = [] } = output;
      const shown = { title, summary, text: null, annotations_count: annotations.length };
      return { status: 201, body: { ...rest, output: shown, check_suite: { id: 1 }, pull_requests: [] } };
    },
  },
];
