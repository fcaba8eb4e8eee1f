import { type Call, type Route, refuse } from './route.ts';

/** Files as they were at a commit. */
export const fileRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/contents/{path}',
    permissions: ['contents: read'],
    handle: async (call) => {
      const { state, params, query } = call;
      const path = params['path'] ?? '';
      const commit = await commitOf(call, query.get('ref') ?? 'main');
      if (commit === undefined) return refuse(404, `No commit found for the ref ${query.get('ref')}`);
      const { code, stdout } = await state.git.run(['cat-file', 'blob', `${commit}:${path}`]);
      if (code !== 0) return refuse(404, 'Not Found');
      const sha = await state.git.must(['rev-parse', `${commit}:${path}`]);
      const content = { encoding: 'base64', content: stdout.toString('base64') };
      return {
        status: 200,
        body: { type: 'file', ...content, name: path.split('/').at(-1), path, sha, size: stdout.length },
      };
    },
  },
];

/** A commit by its name or by a branch of that name. */
async function commitOf({ state }: Call, name: string): Promise<string | undefined> {
  if ((await state.git.typeOf(name)) === 'commit') return name;
  return state.git.refSha(`refs/heads/${name}`);
}
