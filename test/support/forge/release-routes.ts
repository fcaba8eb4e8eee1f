import { pageOf, type Route } from './route.ts';

export interface ForgeRelease {
  readonly tag: string;
  readonly isDraft?: boolean;
  readonly isPrerelease?: boolean;
}

/** What was published; tags are those of the repository. */
export class Releases {
  readonly all: ForgeRelease[] = [];
}

const repo = '/repos/{owner}/{repo}';

export const releaseRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${repo}/releases`,
    permissions: ['contents: read'],
    handle: (call) => {
      const releases = call.state.of(Releases).all.map(({ tag, isDraft = false, isPrerelease = false }) => ({
        ...{ tag_name: tag, target_commitish: 'main', name: tag, draft: isDraft, prerelease: isPrerelease },
        ...{ published_at: isDraft ? null : '2026-11-25T10:00:00Z', created_at: '2026-11-25T10:00:00Z', assets: [] },
      }));
      return pageOf(releases, call, `/repos/${call.state.owner}/${call.state.repo}/releases`);
    },
  },
  {
    method: 'GET',
    path: `${repo}/tags`,
    permissions: ['contents: read'],
    handle: async (call) => {
      const { git, owner, repo: name } = call.state;
      const lines = await git.must(['for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/tags']);
      const tags = lines
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [tag = '', sha = ''] = line.split(' ');
          return { name: tag, commit: { sha, url: `${call.apiUrl}/commits/${sha}` }, node_id: sha };
        });
      return pageOf(tags, call, `/repos/${owner}/${name}/tags`);
    },
  },
];
