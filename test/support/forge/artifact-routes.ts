import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Call, pageOf, type Route, refuse } from './route.ts';

export interface ForgeArtifact {
  readonly id: number;
  readonly name: string;
  readonly archive: Uint8Array;
  /** The workflow run that uploaded it. */
  readonly runId: number;
  readonly headCommit: string;
  /** Whether that run was of a fork's head. */
  readonly isOfFork?: boolean;
  readonly createdAt: string;
  readonly isExpired?: boolean;
}

/** What workflow runs uploaded. */
export class Artifacts {
  readonly all: ForgeArtifact[] = [];

  /** As a run does it: each further one is a second younger. */
  upload(artifact: Omit<ForgeArtifact, 'id' | 'createdAt'>): ForgeArtifact {
    const id = 501 + this.all.length;
    const createdAt = new Date(Date.UTC(2026, 10, 25, 12) + id * 1000).toISOString();
    const uploaded = { ...artifact, id, createdAt };
    this.all.push(uploaded);
    return uploaded;
  }
}

const permissions = ['actions: read'] as const;
const blobPath = '/blobs/';

export const artifactRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/artifacts',
    permissions,
    handle: (call) => list(call, () => true),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
    permissions,
    handle: (call) => list(call, ({ runId }) => runId === Number(call.params['run_id'])),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
    permissions,
    handle: ({ state, params, apiUrl }) => {
      const found = state.of(Artifacts).all.find(({ id }) => id === Number(params['artifact_id']));
      if (found === undefined) return refuse(404, 'Not Found');
      if (found.isExpired === true) return refuse(410, 'Artifact has expired');
      // Another host, as on GitHub: there the token must not be sent.
      const { port } = new URL(apiUrl);
      return { status: 302, headers: { location: `http://localhost:${port}${blobPath}${found.id}` } };
    },
  },
];

function list(call: Call, belongs: (artifact: ForgeArtifact) => boolean) {
  const { state, query, params } = call;
  const name = query.get('name');
  const found = state
    .of(Artifacts)
    .all.filter((artifact) => belongs(artifact) && (name === null || artifact.name === name))
    .toReversed()
    .map((artifact) => describe(call, artifact));
  const place = params['run_id'] === undefined ? 'artifacts' : `runs/${params['run_id']}/artifacts`;
  const wrap = (artifacts: unknown[]) => ({ total_count: found.length, artifacts });
  return pageOf(found, call, `/repos/${state.owner}/${state.repo}/actions/${place}`, wrap);
}

function describe({ state, apiUrl }: Call, artifact: ForgeArtifact): object {
  const { id, name, archive, runId, headCommit, isOfFork = false, createdAt, isExpired = false } = artifact;
  const url = `${apiUrl}/repos/${state.owner}/${state.repo}/actions/artifacts/${id}`;
  return {
    ...{ id, name, url, archive_download_url: `${url}/zip`, size_in_bytes: archive.byteLength, expired: isExpired },
    ...{ node_id: `A${id}`, created_at: createdAt, updated_at: createdAt, expires_at: createdAt },
    workflow_run: { id: runId, repository_id: 1, head_repository_id: isOfFork ? 2 : 1, head_sha: headCommit },
  };
}

/** The storage host behind the redirect; undefined for any other request. A token that is sent there is a leak. */
export function blobAt(url: URL, artifacts: Artifacts): Uint8Array | undefined {
  if (!url.pathname.startsWith(blobPath)) return undefined;
  return artifacts.all.find(({ id }) => id === Number(url.pathname.slice(blobPath.length)))?.archive;
}

export function sendBlob(request: IncomingMessage, response: ServerResponse, archive: Uint8Array): void {
  const isLeak = request.headers.authorization !== undefined;
  response.writeHead(isLeak ? 400 : 200, { 'content-type': 'application/zip' });
  response.end(isLeak ? undefined : archive);
}
