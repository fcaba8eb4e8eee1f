/** One release or tag, in GitHub's words. */
export interface Release {
  readonly tag: string;
  readonly isDraft?: boolean;
  readonly isPrerelease?: boolean;
}

/**
 * The release before `tag`: the one with the next lower version among tags that are called alike (`shop-v` of
 * `shop-v1.2.0`). Prereleases count only for a prerelease. Undefined when `tag` is the first or has no version.
 */
export function chooseLastRelease(tag: string, releases: readonly Release[]): string | undefined {
  const current = versionOf(tag);
  if (current === undefined) return undefined;
  const own = releases.find((release) => release.tag === tag);
  const isPrerelease = own?.isPrerelease ?? current.suffix !== '';
  const earlier = releases.flatMap((release) => {
    const version = versionOf(release.tag);
    if (version === undefined || version.prefix !== current.prefix || release.isDraft === true) return [];
    if (!isPrerelease && (release.isPrerelease ?? version.suffix !== '')) return [];
    return compareVersions(version, current) < 0 ? [{ tag: release.tag, version }] : [];
  });
  return earlier.sort((a, b) => compareVersions(b.version, a.version))[0]?.tag;
}

interface Version {
  readonly prefix: string;
  readonly numbers: readonly number[];
  /** `-rc.1`; empty for a release proper, which comes after those. */
  readonly suffix: string;
}

function versionOf(tag: string): Version | undefined {
  const [, prefix, numbers, suffix] = /^(.*?)(\d+(?:\.\d+){0,3})((?:-[0-9A-Za-z.-]+)?)(?:\+.*)?$/.exec(tag) ?? [];
  if (prefix === undefined || numbers === undefined) return undefined;
  return { prefix, numbers: numbers.split('.').map(Number), suffix: suffix ?? '' };
}

function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < Math.max(a.numbers.length, b.numbers.length); i++) {
    const difference = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.suffix === b.suffix) return 0;
  if (a.suffix === '' || b.suffix === '') return a.suffix === '' ? 1 : -1;
  return a.suffix.localeCompare(b.suffix, 'en', { numeric: true });
}
