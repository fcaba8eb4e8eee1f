import { withoutSecretLines } from './secret-lines.ts';
import { looksGenerated, mostTelling } from './worth-reading.ts';

/** A changed file as it came from git or GitHub; nothing of it is trusted. */
export interface ChangedFile {
  readonly path: string;
  /** Its hunks, each with its `@@` line; empty where there are none to read, as in binary files. */
  readonly hunks: string;
}

/** A changed file as a model may see it: cleaned, cut and known by an id. */
export interface DiffExcerpt {
  /** `d1`, `d2`, … */
  readonly id: string;
  /** As git names it; shown to people only by a renderer that escapes it. */
  readonly path: string;
  /** The path in plain letters, for a prompt. */
  readonly label: string;
  /** Its hunks, cleaned and cut. */
  readonly text: string;
}

/** What is shown at most; each character of an excerpt is one byte. */
export const excerptLimits = { files: 20, bytesPerFile: 2000, bytes: 12_000, labelBytes: 120 } as const;

/** What a model may see of `files`: code before tests, without what nobody wrote and what looks like a secret. */
export function excerptChanges(files: readonly ChangedFile[]): DiffExcerpt[] {
  const readable = mostTelling(files)
    .filter(({ hunks }) => hunks.startsWith('@@') && !looksGenerated(hunks))
    .slice(0, excerptLimits.files);
  const excerpts: DiffExcerpt[] = [];
  let left: number = excerptLimits.bytes;
  for (const { path, hunks } of readable) {
    const label = plainLabel(path);
    const room = Math.min(excerptLimits.bytesPerFile, left - label.length);
    const text = cut(cleanText(hunks.slice(0, longestRead)), room);
    if (text === '') continue;
    left -= label.length + text.length;
    excerpts.push({ id: `d${excerpts.length + 1}`, path, label, text });
  }
  return excerpts;
}

/** Enough to fill the room of a file even if lines are dropped. */
const longestRead = 20_000;

const longestLine = 300;

/**
 * `text` without lines that look like secrets, without invisible, bidirectional and control characters, and without what
 * could close the frame that the prompt puts around it or look like one of its placeholders.
 */
function cleanText(text: string): string {
  const lines = text.split(/\r\n?|\n/).map((line) => line.slice(0, longestLine));
  return withoutSecretLines(lines.join('\n'))
    .replaceAll('\t', '  ')
    .replaceAll(/[^\n\u0020-\u007e]+/g, '?')
    .replaceAll(/<(?=[/!]|changes)/gi, '(')
    .replaceAll('{{', '{ {');
}

/** Whole lines of `text`, at most `room` characters. */
function cut(text: string, room: number): string {
  if (text.length <= room) return text.trimEnd();
  const end = text.lastIndexOf('\n', room);
  return end <= 0 ? '' : text.slice(0, end).trimEnd();
}

/** A name from outside in plain letters, so that a prompt may hold it. */
export function plainLabel(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9 ._/:()[\]-]+/g, '?').trim();
  return plain.length <= excerptLimits.labelBytes ? plain : `...${plain.slice(3 - excerptLimits.labelBytes)}`;
}
