import { GateError } from '../../../errors.ts';
import { k6Platform } from './k6-cache.ts';
import checksums from './k6-checksums.json' with { type: 'json' };

const releasesOfK6 = 'https://github.com/grafana/k6/releases/download';
const pinnedChecksums: Readonly<Record<string, Readonly<Record<string, string>>>> = checksums;

/** One archive of a k6 release, for this machine unless `platform` says otherwise. */
export interface K6Release {
  readonly archiveName: string;
  readonly archiveUrl: URL;
  /** The release's list of checksums, as it stands beside the archive. */
  readonly checksumsUrl: URL;
  /** sha256 in hex that this project vouches for; absent for a release or platform that nobody has pinned. */
  readonly pinnedSha256?: string;
}

/** Where `version` is to be had. Throws `GateError` CONFIG_INVALID when `mirror` isn't an http(s) address. */
export function k6Release(version: string, mirror: string = releasesOfK6, platform: string = k6Platform()): K6Release {
  const base = parseMirror(mirror);
  const archiveName = `k6-v${version}-${platform}.${platform.startsWith('linux') ? 'tar.gz' : 'zip'}`;
  const pinnedSha256 = pinnedChecksums[version]?.[platform];
  return {
    archiveName,
    archiveUrl: new URL(`${base}/v${version}/${archiveName}`),
    checksumsUrl: new URL(`${base}/v${version}/k6-v${version}-checksums.txt`),
    ...(pinnedSha256 === undefined ? {} : { pinnedSha256 }),
  };
}

function parseMirror(mirror: string): string {
  const isWebAddress = URL.canParse(mirror) && /^https?:$/.test(new URL(mirror).protocol);
  if (!isWebAddress) {
    throw new GateError(
      'CONFIG_INVALID',
      `k6-mirror: got "${mirror}", expected an http or https address.`,
      `It replaces ${releasesOfK6}; below it, v2.2.0/k6-v2.2.0-linux-amd64.tar.gz and the like must be found.`,
    );
  }
  return mirror.replace(/\/+$/, '');
}

/** The sha256 of `fileName` in a list as `sha256sum` prints it; `undefined` when it isn't listed. */
export function findChecksum(list: string, fileName: string): string | undefined {
  for (const line of list.split(/\r?\n/)) {
    const [, sha256, name] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    if (name === fileName) return sha256?.toLowerCase();
  }
  return undefined;
}
