import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Unix mode of the file, such as 0o120777 for a symbolic link; a regular file unless given. */
  readonly mode?: number;
  /** What the archive says of the unpacked size, true or not. */
  readonly claimedBytes?: number;
}

/** A zip archive of `entries`, each deflated; written by hand, because no tool writes the ones that lie. */
export function zipArchive(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, mode = 0o100644, claimedBytes = bytes.length } of entries) {
    const packed = deflateRawSync(bytes, { level: 9 });
    const nameBytes = Buffer.from(name, 'utf8');
    // Version 2.0, names in UTF-8, deflated, no time, no extra field.
    const shared = Buffer.concat([
      ...[20, 0x800, 8, 0, 0].map(uint16),
      ...[crc32(bytes), packed.length, claimedBytes].map(uint32),
      ...[nameBytes.length, 0].map(uint16),
    ]);
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004'), shared, nameBytes, packed]);
    files.push(file);
    // Made on Unix; no comment, on the first disk, no text.
    const place = [...[0, 0, 0].map(uint16), ...[(mode << 16) >>> 0, offset].map(uint32)];
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), uint16(0x314), shared, ...place, nameBytes]));
    offset += file.length;
  }
  const central = Buffer.concat(directory);
  const counts = [0, 0, entries.length, entries.length].map(uint16);
  const end = [Buffer.from('PK\u0005\u0006'), ...counts, uint32(central.length), uint32(offset), uint16(0)];
  return Buffer.concat([...files, central, ...end]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
