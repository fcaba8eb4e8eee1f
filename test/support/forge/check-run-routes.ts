import { pageOf, type Route, refuse } from './route.ts';

export interface ForgeCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly external_id?: string;
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
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/check-runs',
    permissions: ['checks: read'],
    handle: (call) => {
      const { state, params, query } = call;
      const wanted = query.get('check_name');
      const found = state
        .of(CheckRuns)
        .all.filter(({ name, head_sha: sha }) => sha === params['ref'] && (wanted === null || name === wanted))
        .map(({ id, name, head_sha, external_id: external }) => ({ id, name, head_sha, external_id: external ?? '' }));
      const wrap = (runs: unknown[]) => ({ total_count: found.length, check_runs: runs });
      return pageOf(found, call, `/repos/${state.owner}/${state.repo}/commits/${params['ref']}/check-runs`, wrap);
    },
  },
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
