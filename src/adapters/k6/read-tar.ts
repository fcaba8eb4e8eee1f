/** A regular file in a tar archive. */
export interface TarFile {
  readonly name: string;
  readonly content: Buffer;
}

const blockSize = 512;

/** The regular files of an uncompressed tar archive, as `k6 archive` writes it; stops quietly where the archive is cut. */
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
    if (type === 0 || type === 0x30) {
      const prefix = textField(header, 345, 155);
      files.push({ name: prefix === '' ? name : `${prefix}/${name}`, content: archive.subarray(start, start + size) });
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
