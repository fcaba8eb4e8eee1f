import * as v from 'valibot';
import { artifactSuffix } from '../../core/joining/match-jobs.ts';
import type { MeasuredLeg } from '../../core/joining/measured-job.ts';
import { mostRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import type { LegReader } from '../../ports.ts';
import { unreadable } from './open-run-file.ts';
import { readLegArchive } from './read-leg-archive.ts';

/** What this folder needs of a client of GitHub's interface; Octokit's `request` is one. */
export interface ArtifactApi {
  readonly owner: string;
  readonly repo: string;
  request(route: string, parameters: Readonly<Record<string, unknown>>): Promise<{ readonly data: unknown }>;
}

export interface ArtifactQuestion {
  /** Names of the gates or legs: their artifacts are called `tailgate-NAME`. */
  readonly names: readonly string[];
  /** The head that was measured. */
  readonly commit: string;
  /** Whether that head is a fork's: nobody else's runs count, though their commit be the same. Absent: not known. */
  readonly isOfFork?: boolean;
  /** The one run to take them from, where the event names it; otherwise the newest of any run of `commit`. */
  readonly runId?: number;
}

const listSchema = v.object({
  artifacts: v.array(
    v.object({
      id: v.number(),
      name: v.string(),
      size_in_bytes: v.number(),
      expired: v.boolean(),
      created_at: v.nullish(v.string(), ''),
      workflow_run: v.nullish(
        v.object({
          head_sha: v.optional(v.string()),
          repository_id: v.optional(v.number()),
          head_repository_id: v.optional(v.number()),
        }),
      ),
    }),
  ),
});
type Listed = v.InferOutput<typeof listSchema>['artifacts'][number];

/** What earlier runs of the workflow left behind for one commit, by GitHub's interface: two requests a name. Needs `actions: read`. */
export function fetchedArtifacts(api: ArtifactApi, question: ArtifactQuestion): LegReader {
  return {
    label: `the artifacts of ${question.commit.slice(0, 7)}`,
    async read() {
      const legs: MeasuredLeg[] = [];
      for (const name of question.names) {
        const suffix = artifactSuffix(name);
        const found = await newest(api, `tailgate-${suffix}`, question);
        if (found !== undefined) legs.push(await readLegArchive(await download(api, found), suffix));
      }
      return legs;
    },
  };
}

async function newest(api: ArtifactApi, name: string, question: ArtifactQuestion): Promise<Listed | undefined> {
  const { runId } = question;
  const { owner, repo } = api;
  const parameters = { owner, repo, name, per_page: 100 };
  const { data } =
    runId === undefined
      ? await api.request('GET /repos/{owner}/{repo}/actions/artifacts', parameters)
      : await api.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', {
          ...parameters,
          run_id: runId,
        });
  const parsed = v.safeParse(listSchema, data);
  if (!parsed.success) throw unreadable(`GitHub's list of artifacts ${name}`, parsed.issues[0].message);
  return parsed.output.artifacts
    .filter((item) => item.name === name && !item.expired && isOfHead(item, question))
    .sort((a, b) => (a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : a.id - b.id))
    .at(-1);
}

function isOfHead({ workflow_run: run }: Listed, { commit, isOfFork }: ArtifactQuestion): boolean {
  if (run?.head_sha !== commit) return false;
  const { repository_id: ours, head_repository_id: theirs } = run;
  if (isOfFork === undefined || ours === undefined || theirs === undefined) return true;
  return isOfFork === (ours !== theirs);
}

async function download(api: ArtifactApi, { id, name, size_in_bytes: size }: Listed): Promise<Uint8Array> {
  if (size > mostRecordBytes) throw recordTooLong(name);
  const { owner, repo } = api;
  const route = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}';
  const { data } = await api.request(route, { owner, repo, artifact_id: id, archive_format: 'zip' });
  if (!(data instanceof ArrayBuffer)) throw unreadable(`artifact ${name}`, 'the download is no archive');
  return new Uint8Array(data);
}
