import { describe, expect, it } from 'vitest';
import { chooseLastRelease } from '../../../src/core/platform/choose-last-release.ts';

const tags = (...names: string[]) => names.map((tag) => ({ tag }));

describe('chooseLastRelease', () => {
  it.each([
    ['v1.10.0', ['v1.9.0', 'v1.10.0', 'v1.2.0', 'v2.0.0'], 'v1.9.0'],
    ['v1.0', ['v1.0'], undefined],
    ['v2.0.0', ['v1.9', 'v2.0.0-rc.1'], 'v1.9'],
    ['v2.0.0-rc.10', ['v1.9.0', 'v2.0.0-rc.9', 'v2.0.0-rc.2', 'v2.0.0'], 'v2.0.0-rc.9'],
    ['shop-v3', ['search-v2', 'shop-v1', 'v2'], 'shop-v1'],
    ['nightly', ['v1.0.0'], undefined],
  ])('takes for %s among %j %s', (tag, known, expected) => {
    expect(chooseLastRelease(tag, tags(...known))).toBe(expected);
  });

  it('leaves out drafts, and what GitHub calls a prerelease', () => {
    const releases = [{ tag: 'v1.3', isDraft: true }, { tag: 'v1.2', isPrerelease: true }, ...tags('v1.1')];
    expect(chooseLastRelease('v1.4', releases)).toBe('v1.1');
    expect(chooseLastRelease('v1.4', [...releases, { tag: 'v1.4', isPrerelease: true }])).toBe('v1.2');
  });
});
