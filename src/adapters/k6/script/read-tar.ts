/** A regular file in a tar archive. */
export interface TarFile {
  readonly name: string;
  readonly content: Buffer;
}

const blockSize = 512;
const regularFile = 0x30;
const hardLink = 0x31;

/**
 * The files of an uncompressed tar archive, as `k6 archive` writes it: the script itself is a hard link to `data`. Stops
 * quietly where the archive is cut.
 */
export function readTarFiles(archive: Buffer): readonly TarFile[] {
  const files: TarFile[] = [];
  let offset = 0;
  while (offset + blockSize <= archive.length) {
    const header = archive.subarray(offset, offset + blockSize);
    const name = textField(header, 0, 100);
    if (name === '') break;
    const size = Number.parseInt(textField(header, 124, 12).trim() || '0', 8);
    if (!Number.isFinite(size) || size < 0) break;
    const type = header[156];
    const start = offset + blockSize;
    const prefix = textField(header, 345, 155);
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (type === 0 || type === regularFile) {
      files.push({ name: path, content: archive.subarray(start, start + size) });
    } else if (type === hardLink) {
      const original = files.find((file) => file.name === textField(header, 157, 100));
      if (original !== undefined) files.push({ name: path, content: original.content });
    }
    offset = start + Math.ceil(size / blockSize) * blockSize;
  }
  return files;
}

function textField(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}
