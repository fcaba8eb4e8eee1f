import { lstat, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { jobFiles, readJobFiles } from '../../core/joining/job-files.ts';
import type { MeasuredJob } from '../../core/joining/measured-job.ts';
import { isErrno } from '../../errors.ts';
import type { JobReader } from '../../ports.ts';
import { readStrangersFile, unreadableFile } from './open-run-file.ts';

/** As many as GitHub starts for one matrix. */
const maxArtifacts = 256;

/** Entries of one folder; a report folder has a dozen. */
const maxEntries = 1000;

const prefix = 'tailgate-';

/**
 * Artifacts that an earlier step downloaded: each of `paths` is one, or a folder of folders `tailgate-NAME`. Only the
 * known files are opened, and nothing of them is executed or copied.
 */
export function artifactFolders(paths: readonly string[]): JobReader {
  return {
    label: paths.join(', '),
    async read() {
      const jobs: MeasuredJob[] = [];
      for (const path of paths) jobs.push(...(await readFolder(path)));
      return jobs;
    },
  };
}

async function readFolder(path: string): Promise<MeasuredJob[]> {
  const entries = await entriesOf(path);
  if (entries.some(({ name }) => jobFiles.includes(name))) return [await readJob(path)];
  const artifacts = entries.filter(({ name }) => name.startsWith(prefix)).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (artifacts.length > maxArtifacts)
    throw unreadableFile(path, `it holds ${artifacts.length} artifacts, more than ${maxArtifacts}`);
  const jobs: MeasuredJob[] = [];
  for (const { name } of artifacts) {
    const folder = join(path, name);
    await entriesOf(folder);
    jobs.push(await readJob(folder));
  }
  return jobs;
}

async function readJob(folder: string): Promise<MeasuredJob> {
  const name = basename(resolve(folder));
  const artifact = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const texts = new Map<string, string>();
  for (const file of jobFiles) {
    const text = await readStrangersFile(join(folder, file), `${file} of ${artifact}`);
    if (text !== undefined) texts.set(file, text);
  }
  return readJobFiles(artifact, texts);
}

/** A download that found nothing leaves no folder behind. */
async function entriesOf(path: string) {
  const status = await lstat(path).catch((cause: unknown) => {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw unreadableFile(path, String(cause), cause);
  });
  if (status === undefined) return [];
  if (!status.isDirectory()) throw unreadableFile(path, "it isn't a folder");
  const entries = await readdir(path, { withFileTypes: true });
  if (entries.length > maxEntries)
    throw unreadableFile(path, `it holds ${entries.length} entries, more than ${maxEntries}`);
  return entries;
}
