import { gzipSync } from 'node:zlib';
import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { readJobArchive } from '../../../src/adapters/artifacts/fetched-artifacts.ts';
import { maxRecordBytes } from '../../../src/core/run-record/record-size-limit.ts';
import { encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import { GateError } from '../../../src/errors.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { type ZipEntry, zipArchive } from '../../support/zip-archive.ts';

const name = 'run-record.json';
const bytes = Buffer.from(encodeRunRecord(aMeasuredRun()));
const zeros = Buffer.alloc(maxRecordBytes + 1, 0x20);

async function refusalOf(archive: Uint8Array): Promise<string> {
  try {
    await readJobArchive(archive, 'shop');
    return 'read';
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe('readJobArchive', () => {
  it('reads the run in it and leaves every other file alone', async () => {
    const others = ['report.html', 'deeper/run-record-2.json', 'run-record.json.exe'].map((other) => ({
      name: other,
      bytes: Buffer.from('{'),
    }));
    const job = await readJobArchive(zipArchive([...others, { name, bytes }]), 'shop');
    expect(job.records).toHaveLength(1);
  });

  it('reads a run that was packed before', async () => {
    expect((await readJobArchive(zipArchive([{ name, bytes: gzipSync(bytes) }]), 'shop')).records).toHaveLength(1);
  });

  it.each<[string, readonly ZipEntry[], RegExp]>([
    ['unpacks to more than a run can be', [{ name, bytes: zeros }], /^RECORD_INVALID: .* longer than a run record/],
    ['lies about the size that it unpacks to', [{ name, bytes: zeros, claimedBytes: 10 }], /^INPUT_UNREADABLE/],
    ['holds a packed file that unpacks to more', [{ name, bytes: gzipSync(zeros) }], /^RECORD_INVALID: .* longer/],
    ['leaves its folder', [{ name: '../run-record.json', bytes }], /^INPUT_UNREADABLE: .*relative path/],
    ['names a place on the disk', [{ name: '/etc/run-record.json', bytes }], /^INPUT_UNREADABLE: .*absolute path/],
    ['holds a link', [{ name, bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }], /symbolic link/],
    [
      'holds a file twice',
      [
        { name, bytes },
        { name, bytes },
      ],
      /there twice/,
    ],
    [
      'holds a thousand files',
      Array.from({ length: 1001 }, (_, i) => ({ name: `${i}.txt`, bytes: Buffer.of() })),
      /holds 1001 files/,
    ],
  ])('refuses an archive that %s', async (_, entries, refusal) => {
    expect(await refusalOf(zipArchive(entries))).toMatch(refusal);
  });

  const place = fc.nat(bytes.length);
  it.prop([place, fc.integer({ min: 0, max: 255 })], { numRuns: 50 })(
    'reads or refuses an archive with any byte changed, and never fails otherwise',
    async (at, value) => {
      const archive = zipArchive([{ name, bytes }]);
      archive[at % archive.length] = value;
      expect(await refusalOf(archive)).toMatch(/^(read|INPUT_UNREADABLE|RECORD_INVALID)/);
    },
  );

  it.prop([place], { numRuns: 20 })('refuses an archive that is cut short', async (length) => {
    const archive = zipArchive([{ name, bytes }]);
    expect(await refusalOf(archive.subarray(0, length % archive.length))).toMatch(/^INPUT_UNREADABLE/);
  });
});
