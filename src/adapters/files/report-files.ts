import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { measuredFiles } from '../../core/publishing/leg-files.ts';
import { renderHtml } from '../../core/report/html/html-report.ts';
import { renderJunit } from '../../core/report/junit-report.ts';
import { GateError } from '../../errors.ts';
import type { Publisher } from '../../ports.ts';

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

/** The report as files in `report-dir`. */
export function reportFiles(directory: string): Publisher {
  const paths = reportPaths(directory);
  return {
    label: `report files in ${directory}`,
    async publish(report) {
      await writeOutputFile(paths.json, report.json);
      await writeOutputFile(paths.markdown, report.markdown);
      const measured = report.legFiles ?? {};
      for (const name of measuredFiles) {
        const text = measured[name];
        if (text === undefined) await rm(join(directory, name), { force: true });
        else await writeOutputFile(join(directory, name), text);
      }
      await writeOutputFile(paths.junit, renderJunit(report.report));
      await writeOutputFile(paths.html, renderHtml(report.report));
    },
  };
}

/** Half a file must not be taken for a report; a device that was written to stays, of course. */
async function removeHalf(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isFile()) await rm(path, { force: true }).catch(() => undefined);
}

/** Writes `text`, making the folders it needs. Throws `GateError` naming the file. */
export async function writeOutputFile(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    await removeHalf(path);
    throw new GateError(
      'OUTPUT_WRITE_FAILED',
      `${JSON.stringify(path)} could not be written: ${(cause as Error).message}`,
      'Check that the disk has room and that this user may write there.',
      cause,
    );
  }
}
