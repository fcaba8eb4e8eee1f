import { describe, expect, it } from 'vitest';
import { describeRemoved, isSecretName, scrubEnvironment } from '../../../src/adapters/k6/script-environment.ts';

const none = { env: {}, passThrough: [] };

describe('isSecretName', () => {
  it.each([
    ...['GITHUB_SHA', 'ACTIONS_RUNTIME_URL', 'INPUT_SCRIPT', 'RUNNER_TEMP', 'ANTHROPIC_BASE_URL', 'AWS_REGION'],
    ...['TOKEN', 'API_TOKEN', 'NPM_TOKENS', 'authToken', 'CLIENT_SECRET', 'DB_PASSWORD', 'db-passwd', 'PASSPHRASE'],
    ...['API_KEY', 'KEY', 'SSH_PRIVATE_KEY', 'APIKEY', 'MY_APIKEY_2', 'apiKey', 'GOOGLE_APPLICATION_CREDENTIALS'],
    ...['DB_PASS', 'DB_PWD', 'GH_PAT', 'SESSION_JWT', 'SERVICE_CREDS', 'MYSECRET', 'npm_config__authToken'],
  ])('recognizes %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    ...[
      'PATH',
      'HOME',
      'PWD',
      'OLDPWD',
      'LANG',
      'HTTPS_PROXY',
      'NO_PROXY',
      'CI',
      'NODE_ENV',
      'BASE_URL',
      'SSL_CERT_FILE',
    ],
    ...['MONKEY', 'KEYBOARD', 'KEYSTONE_URL', 'HOCKEY', 'TURKEY_HOST', 'PATTERN', 'PASSENGERS', 'PASS_RATE', 'COMPASS'],
    ...['K6_CLOUD_TOKEN', 'K6_VUS', 'SECRETARY', 'TOKENIZER'],
  ])('leaves %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('scrubEnvironment', () => {
  it('removes what looks like a secret and tells its name', () => {
    const scrubbed = scrubEnvironment({ PATH: '/bin', API_TOKEN: 'x', GITHUB_SHA: 'y', EMPTY: undefined }, none);
    expect(scrubbed).toEqual({
      environment: { PATH: '/bin', K6_NO_USAGE_REPORT: 'true' },
      removed: ['API_TOKEN', 'GITHUB_SHA'],
    });
  });

  it('passes what is listed, and sets what is given', () => {
    const allowed = { env: { LOGIN_TOKEN: 'mine' }, passThrough: ['API_TOKEN'] };
    const scrubbed = scrubEnvironment({ API_TOKEN: 'x', LOGIN_TOKEN: 'theirs' }, allowed);
    expect(scrubbed.environment).toMatchObject({ API_TOKEN: 'x', LOGIN_TOKEN: 'mine' });
    expect(scrubbed.removed).toEqual([]);
  });
});

describe('describeRemoved', () => {
  it('names what a user may miss and counts the variables of the runner', () => {
    expect(describeRemoved(['API_TOKEN', 'GITHUB_REF', 'GITHUB_SHA'])).toBe(
      'withheld from the script: API_TOKEN, GITHUB_* (2); list a name in `env` to pass it',
    );
  });
});
