import { describe, expect, it } from 'vitest';
import { recognizeChallenge } from '../../../src/adapters/target/wait-for-target.ts';

describe('recognizeChallenge', () => {
  it.each([
    [403, { 'cf-mitigated': 'challenge' }, '', 'Cloudflare, status 403'],
    [429, { 'x-vercel-mitigated': 'challenge' }, '', 'Vercel, status 429'],
    [202, { 'x-amzn-waf-action': ['challenge'] }, '', 'AWS WAF, status 202'],
    [503, {}, '<title>Just a moment...</title>', 'Cloudflare, status 503'],
    [403, {}, '<iframe src="/_Incapsula_Resource?x">', 'Imperva, status 403'],
  ])('knows %i with %o', (status, headers, body, challenge) => {
    expect(recognizeChallenge(status, headers, body)).toBe(challenge);
  });

  it('takes a plain refusal and a marked success for what they are', () => {
    expect(recognizeChallenge(403, {}, 'forbidden')).toBeUndefined();
    expect(recognizeChallenge(200, { 'x-datadome': 'protected' }, '')).toBeUndefined();
  });
});
