import { describe, expect, it } from 'vitest';
import { findChecksum, k6Release } from '../../../../src/adapters/k6/binary/download-k6.ts';
import { defaultK6Version } from '../../../../src/adapters/k6/binary/k6-version.ts';

describe('k6Release', () => {
  it.each([
    ['linux-amd64', 'tar.gz'],
    ['linux-arm64', 'tar.gz'],
    ['macos-arm64', 'zip'],
    ['windows-amd64', 'zip'],
  ])('finds the archive for %s on GitHub', (platform, extension) => {
    expect(k6Release('2.2.0', undefined, platform).archiveUrl.href).toBe(
      `https://github.com/grafana/k6/releases/download/v2.2.0/k6-v2.2.0-${platform}.${extension}`,
    );
  });

  it('replaces the base by a mirror, with or without a slash at its end', () => {
    for (const mirror of ['https://mirror.example/k6', 'https://mirror.example/k6/']) {
      expect(k6Release('2.2.0', mirror, 'linux-amd64').checksumsUrl.href).toBe(
        'https://mirror.example/k6/v2.2.0/k6-v2.2.0-checksums.txt',
      );
    }
  });

  it('knows the checksum of the default version on the commonest runner', () => {
    expect(k6Release(defaultK6Version, undefined, 'linux-amd64').pinnedSha256).toBe(
      'b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d',
    );
  });

  it('knows none for a release that nobody has pinned', () => {
    expect(k6Release('2.1.0', undefined, 'linux-amd64')).not.toHaveProperty('pinnedSha256');
  });
});

describe('findChecksum', () => {
  const [first, second] = ['a'.repeat(64), 'B'.repeat(64)];
  const list = `${first}  k6-v2.2.0-linux-amd64.tar.gz\r\n${second} *k6-v2.2.0-macos-arm64.zip\nnot a line\n`;

  it('reads text and binary lines of sha256sum, in lower case', () => {
    expect(findChecksum(list, 'k6-v2.2.0-linux-amd64.tar.gz')).toBe(first);
    expect(findChecksum(list, 'k6-v2.2.0-macos-arm64.zip')).toBe('b'.repeat(64));
  });

  it.each(['linux-amd64.tar.gz', 'k6-v2.2.0-linux-amd64.tar.gz.sig', ''])(
    'does not take %j for a listed file',
    (name) => {
      expect(findChecksum(list, name)).toBeUndefined();
    },
  );
});
