import { csvFields } from './csv-fields.ts';

const newline = 10;

/** A last line longer than this isn't k6's; it is not looked at. */
const longestLine = 1024 * 1024;

/** Follows the bytes of a k6 file to tell, at its end, whether the file was cut short in its last line. */
export class LastLine {
  readonly #format: 'k6-json' | 'k6-csv';
  #header: string | undefined;
  #rest = Buffer.alloc(0);

  constructor(format: 'k6-json' | 'k6-csv') {
    this.#format = format;
  }

  /** Takes the next piece of the file; it may be reused afterwards. */
  push(chunk: Buffer): void {
    const at = chunk.lastIndexOf(newline);
    if (at >= 0) {
      this.#header ??= Buffer.concat([this.#rest, chunk.subarray(0, chunk.indexOf(newline))]).toString('utf8');
      this.#rest = Buffer.from(chunk.subarray(at + 1));
    } else if (this.#rest.length <= longestLine) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
    }
  }

  /** k6 ends every line; one without an end that is no whole record is where the file was cut. */
  isCut(): boolean {
    const line = this.#rest.toString('utf8').replace(/\r$/, '');
    if (line === '' || this.#rest.length > longestLine) return false;
    if (this.#format === 'k6-json') return line.startsWith('{') && !isJson(line);
    const columns = csvFields(this.#header ?? '')?.length ?? 0;
    return (csvFields(line)?.length ?? 0) < columns;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
