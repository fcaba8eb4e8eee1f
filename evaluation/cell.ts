import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readK6File } from '../src/adapters/k6/output/read-k6-file.ts';
import type { RunRecord } from '../src/core/run-record/run-record.ts';

/** Runs of one unchanged system under one workload, oldest first. */
export interface Cell {
  readonly name: string;
  readonly runs: readonly RunRecord[];
}

/** Reads every folder of `directory` that holds k6 CSV files, one file per run. */
export async function readCells(directory: string): Promise<Cell[]> {
  if (!existsSync(directory)) throw new Error(`no such directory: ${directory}`);
  const cells: Cell[] = [];
  for (const name of readdirSync(directory).sort()) {
    const folder = join(directory, name);
    const files = filesIn(folder);
    if (files.length === 0) continue;
    const runs: RunRecord[] = [];
    for (const file of files) runs.push(await readK6File(join(folder, file)));
    runs.sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.id < b.id ? -1 : 1));
    cells.push({ name, runs });
  }
  if (cells.length === 0) throw new Error(`${directory} holds no folder with *.csv.gz files`);
  return cells;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /\.(csv|json)(\.gz)?$/.test(file))
      .sort();
  } catch {
    return [];
  }
}
