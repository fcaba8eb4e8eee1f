import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GateError } from '../../../errors.ts';
import type { Log } from '../../../ports.ts';
import {
  DownloadError,
  type DownloadOptions,
  downloadFile,
  downloadText,
  withoutPassword,
} from '../../http/download.ts';
import { outgoingHttp } from '../../http/outgoing-http.ts';
import { executableName, k6Platform } from './k6-cache.ts';

export interface DownloadK6Options extends Omit<DownloadOptions, 'http'> {
  readonly version: string;
  readonly mirror?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
}

/**
 * Fetches a k6 release into the empty folder `workDir` and returns the path of the executable.
 * Throws `GateError`: K6_DOWNLOAD_FAILED when it can't be had, K6_CHECKSUM_MISMATCH when it isn't what was released.
 */
export async function downloadK6(options: DownloadK6Options, workDir: string): Promise<string> {
  const release = k6Release(options.version, options.mirror);
  options.log.info(`Downloading k6 ${options.version} from ${withoutPassword(release.archiveUrl)}.`);
  const archive = join(workDir, release.archiveName);
  try {
    await fetchVerified(release, archive, options);
    return await extract(archive, join(workDir, 'extracted'), options.environment);
  } catch (error) {
    if (error instanceof DownloadError) throw downloadFailed(options.version, error.message, error);
    throw error;
  }
}

async function fetchVerified(release: K6Release, archive: string, options: DownloadK6Options): Promise<void> {
  const http = await outgoingHttp(options.environment, options.log).catch((error: Error) => {
    throw new DownloadError(error.message, error);
  });
  const download = { ...options, http };
  const expected = release.pinnedSha256 ?? (await publishedChecksum(release, download));
  const actual = await downloadFile(release.archiveUrl, archive, download);
  if (actual !== expected) throw checksumMismatch(release, actual, expected);
  if (release.pinnedSha256 !== undefined) return;
  options.log.info(
    `The checksum of ${release.archiveName} comes from the release itself, since none is pinned here: that guards against damage, not against a forged release.`,
  );
}

async function publishedChecksum(release: K6Release, download: DownloadOptions): Promise<string> {
  const list = await downloadText(release.checksumsUrl, download);
  const sha256 = findChecksum(list, release.archiveName);
  if (sha256 !== undefined) return sha256;
  const where = withoutPassword(release.checksumsUrl);
  throw new DownloadError(`${where} lists no checksum for ${release.archiveName}`);
}

/** `tar` reads both kinds of archive where they are published: .tar.gz everywhere, .zip on macOS and Windows. */
async function extract(archive: string, folder: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const windowsTar = join(environment['SystemRoot'] ?? 'C:\\Windows', 'System32', 'tar.exe');
  const tar = process.platform === 'win32' ? windowsTar : 'tar';
  await mkdir(folder);
  try {
    await promisify(execFile)(tar, ['-xf', archive, '-C', folder, '--no-same-owner'], { env: environment });
  } catch (cause) {
    throw new DownloadError(`the archive can't be unpacked (${(cause as Error).message.trim()})`, cause);
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.find((entry) => entry.isFile() && entry.name === executableName('k6'));
  if (found === undefined) throw new DownloadError('the archive holds no k6 executable');
  return join(found.parentPath, found.name);
}

function downloadFailed(version: string, detail: string, cause: unknown): GateError {
  return new GateError(
    'K6_DOWNLOAD_FAILED',
    `k6 ${version} can't be downloaded: ${detail}.`,
    'Set k6-mirror to an address that this machine reaches, HTTPS_PROXY where a proxy is needed, or install k6 and put it on PATH or give its path as k6-path.',
    cause,
  );
}

function checksumMismatch(release: K6Release, actual: string, expected: string): GateError {
  const authority = release.pinnedSha256 === undefined ? 'listed by the release' : 'pinned in this version of tailgate';
  return new GateError(
    'K6_CHECKSUM_MISMATCH',
    `${withoutPassword(release.archiveUrl)} has the sha256 ${actual}, but ${expected} is ${authority}. Nothing was installed.`,
    'The file was cut short or changed on its way: look at the mirror, the proxy or the virus scanner that it came through, or install k6 from a source you trust and give its path as k6-path.',
  );
}

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
