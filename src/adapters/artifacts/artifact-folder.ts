import { lstat, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { legFiles, readLegFiles } from '../../core/joining/job-files.ts';
import type { MeasuredLeg } from '../../core/joining/measured-job.ts';
import { isErrno } from '../../errors.ts';
import type { LegReader } from '../../ports.ts';
import { readStrangersFile, unreadable } from './open-run-file.ts';

/** As many as GitHub starts for one matrix. */
const mostArtifacts = 256;

/** Entries of one folder; a report folder has a dozen. */
const mostEntries = 1000;

const prefix = 'tailgate-';

/**
 * Artifacts that an earlier step downloaded: each of `paths` is one, or a folder of folders `tailgate-NAME`. Only the
 * known files are opened, and nothing of them is executed or copied.
 */
export function artifactFolders(paths: readonly string[]): LegReader {
  return {
    label: paths.join(', '),
    async read() {
      const legs: MeasuredLeg[] = [];
      for (const path of paths) legs.push(...(await readFolder(path)));
      return legs;
    },
  };
}

async function readFolder(path: string): Promise<MeasuredLeg[]> {
  const entries = await entriesOf(path);
  if (entries.some(({ name }) => legFiles.includes(name))) return [await readLeg(path)];
  const artifacts = entries.filter(({ name }) => name.startsWith(prefix)).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (artifacts.length > mostArtifacts)
    throw unreadable(path, `it holds ${artifacts.length} artifacts, more than ${mostArtifacts}`);
  const legs: MeasuredLeg[] = [];
  for (const { name } of artifacts) {
    const folder = join(path, name);
    await entriesOf(folder);
    legs.push(await readLeg(folder));
  }
  return legs;
}

async function readLeg(folder: string): Promise<MeasuredLeg> {
  const name = basename(resolve(folder));
  const artifact = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const texts = new Map<string, string>();
  for (const file of legFiles) {
    const text = await readStrangersFile(join(folder, file), `${file} of ${artifact}`);
    if (text !== undefined) texts.set(file, text);
  }
  return readLegFiles(artifact, texts);
}

/** A download that found nothing leaves no folder behind. */
async function entriesOf(path: string) {
  const status = await lstat(path).catch((cause: unknown) => {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw unreadable(path, String(cause), cause);
  });
  if (status === undefined) return [];
  if (!status.isDirectory()) throw unreadable(path, "it isn't a folder");
  const entries = await readdir(path, { withFileTypes: true });
  if (entries.length > mostEntries)
    throw unreadable(path, `it holds ${entries.length} entries, more than ${mostEntries}`);
  return entries;
}
