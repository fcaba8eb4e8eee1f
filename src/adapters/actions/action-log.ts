import { debug, info, setOutput, summary, warning } from '@actions/core';
import { toPlainLines } from '../../core/report/escape.ts';
import type { Log, ReportSink } from '../../ports.ts';

/** Progress in the runner's log, which reads a command from any line that looks like one and shows colors and more. */
export const actionLog: Log = {
  info: (message) => info(toPlainLines(message)),
  warn: (message) => warning(toPlainLines(message)),
  debug: (message) => debug(message),
};

const prefix = 'INPUT_';

/**
 * The Action's inputs as the runner passes them, mistyped ones too, so that a typo is an error and not a silent default.
 * An empty one counts as not given, since the runner can't tell the two apart.
 */
export function readActionInputs(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length).toLowerCase(), value?.trim() || undefined]),
  );
}

/** GitHub drops a step's summary whole beyond this many bytes. */
const summaryLimitBytes = 1_048_576;

/** The job summary: the report's Markdown on the run's page. */
export const jobSummary: ReportSink = {
  label: 'job summary',
  write: (report) => writeJobSummary(report.markdown),
};

/** The summary of this step, in place of an earlier one; what exceeds GitHub's limit is cut at the end of a line. */
export async function writeJobSummary(markdown: string): Promise<void> {
  const fits = Buffer.byteLength(markdown) <= summaryLimitBytes;
  await summary.addRaw(fits ? markdown : cutAtLine(markdown, summaryLimitBytes / 4), true).write({ overwrite: true });
}

/** Sets the Action's outputs; each value is text. Outputs that can't be set cost a warning, never the verdict. */
export function setActionOutputs(outputs: Readonly<Record<string, string>>): void {
  try {
    for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
  } catch (error) {
    actionLog.warn(`The outputs could not be set: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A quarter of the bytes as characters always fits, and whole lines keep tables intact. */
function cutAtLine(text: string, length: number): string {
  const cut = text.slice(0, length);
  return `${cut.slice(0, cut.lastIndexOf('\n'))}\n\n… cut here: the job summary holds at most 1 MiB. The JSON report is complete.\n`;
}
