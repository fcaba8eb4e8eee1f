import * as v from 'valibot';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { jobFiles, readJobFiles } from '../../core/joining/job-files.ts';
import { artifactSuffix } from '../../core/joining/join-jobs.ts';
import type { MeasuredJob } from '../../core/joining/measured-job.ts';
import { maxRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import { GateError } from '../../errors.ts';
import type { JobReader } from '../../ports.ts';
import { decodedText, unreadableFile } from './open-run-file.ts';

/** What this folder needs of a client of GitHub's interface; Octokit's `request` is one. */
export interface ArtifactApi {
  readonly owner: string;
  readonly repo: string;
  request(route: string, parameters: Readonly<Record<string, unknown>>): Promise<{ readonly data: unknown }>;
}

export interface ArtifactQuestion {
  /** Names of the gates or jobs: their artifacts are called `tailgate-NAME`. */
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
export function fetchedArtifacts(api: ArtifactApi, question: ArtifactQuestion): JobReader {
  return {
    label: `the artifacts of ${question.commit.slice(0, 7)}`,
    async read() {
      const jobs: MeasuredJob[] = [];
      for (const name of question.names) {
        const suffix = artifactSuffix(name);
        const found = await newest(api, `tailgate-${suffix}`, question);
        if (found !== undefined) jobs.push(await readJobArchive(await download(api, found), suffix));
      }
      return jobs;
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
  if (!parsed.success) throw unreadableFile(`GitHub's list of artifacts ${name}`, parsed.issues[0].message);
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
  if (size > maxRecordBytes) throw recordTooLong(name);
  const { owner, repo } = api;
  const route = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}';
  const { data } = await api.request(route, { owner, repo, artifact_id: id, archive_format: 'zip' });
  if (!(data instanceof ArrayBuffer)) throw unreadableFile(`artifact ${name}`, 'the download is no archive');
  return new Uint8Array(data);
}

/** Entries of one archive; a report folder has a dozen files. */
const maxEntries = 1000;

/**
 * A job out of the zip archive that GitHub makes of an artifact. Only the known files at its top are unpacked, in memory;
 * one that unpacks to more than a run record can be, or to another size than it says, is refused.
 */
export async function readJobArchive(archive: Uint8Array, artifact: string): Promise<MeasuredJob> {
  const source = `the archive of ${artifact}`;
  try {
    const zip = await fromBufferPromise(Buffer.from(archive), { lazyEntries: true });
    if (zip.entryCount > maxEntries)
      throw unreadableFile(source, `it holds ${zip.entryCount} files, more than ${maxEntries}`);
    const texts = new Map<string, string>();
    for await (const entry of zip.eachEntry()) {
      if (!jobFiles.includes(entry.fileName)) continue;
      const name = `${entry.fileName} of ${artifact}`;
      if (texts.has(entry.fileName)) throw unreadableFile(name, 'it is there twice');
      texts.set(entry.fileName, decodedText(await unpack(zip, entry, name), name));
    }
    return readJobFiles(artifact, texts);
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw unreadableFile(source, cause instanceof Error ? cause.message.slice(0, 200) : String(cause), cause);
  }
}

const linkMode = 0o120000;

async function unpack(zip: ZipFile, entry: Entry, name: string): Promise<Uint8Array> {
  // The upper half holds the mode of Unix files.
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === linkMode)
    throw unreadableFile(name, 'it is a symbolic link');
  if (entry.uncompressedSize > maxRecordBytes) throw recordTooLong(name);
  const parts: Uint8Array[] = [];
  // yauzl ends the stream with an error where it is longer or shorter than the entry says.
  for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}
