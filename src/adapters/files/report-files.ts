import { existsSync } from 'node:fs';
import { lstat, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { measuredFiles } from '../../core/joining/job-files.ts';
import { renderHtml } from '../../core/report/html/html-report.ts';
import { renderJunit } from '../../core/report/render/junit-report.ts';
import { GateError } from '../../errors.ts';
import type { ReportSink } from '../../ports.ts';
import { makeFolder, whyNotWritable } from './make-folder.ts';

/** Paths of what `reportFiles` writes into `directory`. */
export function reportPaths(directory: string): {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
  readonly junit: string;
  readonly runRecord: string;
} {
  return {
    json: join(directory, 'report.json'),
    markdown: join(directory, 'report.md'),
    html: join(directory, 'report.html'),
    junit: join(directory, 'junit.xml'),
    runRecord: join(directory, 'run-record.json'),
  };
}

/** Throws `GateError` OUTPUT_WRITE_FAILED where no report could be written: said before minutes of load, not after. */
export async function requireReportFolder(directory: string): Promise<void> {
  const why = await whyNotWritable(directory);
  if (why === undefined) return;
  throw new GateError(
    'OUTPUT_WRITE_FAILED',
    `report-dir: nothing can be written into ${JSON.stringify(directory)}: ${why}`,
    'Give a folder that this user may write into, on a disk with room; nothing was measured.',
  );
}

/** Where in `directory` the files of an earlier measurement are kept once a later try measured nothing. */
export function earlierReport(directory: string): string {
  return join(directory, 'earlier');
}

/**
 * The report as files in `report-dir`. Of an earlier run nothing stays there, also when a file can't be written; where
 * this one measured nothing, what was measured before is moved aside.
 */
export function reportFiles(directory: string): ReportSink {
  const paths = reportPaths(directory);
  return {
    label: `report files in ${directory}`,
    async write(report) {
      const measured = report.jobFiles ?? {};
      if (report.runRecord === undefined && existsSync(paths.runRecord)) await moveAside(directory);
      const texts = [
        [paths.json, report.json],
        [paths.markdown, report.markdown],
        ...measuredFiles.map((name) => [join(directory, name), measured[name]] as const),
        [paths.junit, renderJunit(report.report)],
        [paths.html, renderHtml(report.report)],
      ] as const;
      const failures: unknown[] = [];
      for (const [path, text] of texts) {
        const writing = text === undefined ? rm(path, { force: true }) : writeOutputFile(path, text);
        await writing.catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

async function moveAside(directory: string): Promise<void> {
  const folder = earlierReport(directory);
  await rm(folder, { recursive: true, force: true });
  await makeFolder(folder);
  const names = new Set([...Object.values(reportPaths(directory)).map((path) => basename(path)), ...measuredFiles]);
  for (const name of names) {
    const path = join(directory, name);
    if (existsSync(path) && (await isReplaceable(path))) await rename(path, join(folder, name));
  }
}

/**
 * Writes `text`, making the folders it needs. Whoever reads the file sees all of it or what was there before, also when
 * this process is killed, or another one writes the same file. Throws `GateError` naming the file.
 */
export async function writeOutputFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await makeFolder(dirname(path));
    if (await isReplaceable(path)) {
      await writeFile(temporary, text);
      await rename(temporary, path);
    } else {
      await writeFile(path, text);
    }
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    // What an earlier run wrote must not be taken for this one's.
    if (await isReplaceable(path)) await rm(path, { force: true }).catch(() => undefined);
    throw new GateError(
      'OUTPUT_WRITE_FAILED',
      `${JSON.stringify(path)} could not be written: ${(cause as Error).message.replaceAll(temporary, path)}`,
      'Check that the disk has room and that this user may write there.',
      cause,
    );
  }
}

/** A device or a link stays what it is and is written to. */
async function isReplaceable(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  return status === undefined || status.isFile();
}
