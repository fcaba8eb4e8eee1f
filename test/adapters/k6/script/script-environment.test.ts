import { describe, expect, it } from 'vitest';
import {
  describeRemoved,
  isSecretName,
  isSecretValue,
  scrubEnvironment,
} from '../../../../src/adapters/k6/script/script-environment.ts';

const none = { env: {}, passThrough: [] };

describe('isSecretName', () => {
  it.each([
    ...['GITHUB_SHA', 'ACTIONS_RUNTIME_URL', 'INPUT_SCRIPT', 'RUNNER_TEMP', 'ANTHROPIC_BASE_URL', 'AWS_REGION'],
    ...['TOKEN', 'API_TOKEN', 'NPM_TOKENS', 'authToken', 'CLIENT_SECRET', 'DB_PASSWORD', 'db-passwd', 'PASSPHRASE'],
    ...['API_KEY', 'KEY', 'SSH_PRIVATE_KEY', 'APIKEY', 'MY_APIKEY_2', 'apiKey', 'GOOGLE_APPLICATION_CREDENTIALS'],
    ...['DB_PASS', 'DB_PWD', 'GH_PAT', 'SESSION_JWT', 'SERVICE_CREDS', 'MYSECRET', 'npm_config__authToken'],
    ...['NPM_CONFIG__AUTH', 'SENTRY_DSN', 'DSN', 'REGISTRY_AUTH', 'PROXY_AUTHORIZATION'],
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
    ...['K6_CLOUD_TOKEN', 'K6_VUS', 'SECRETARY', 'TOKENIZER', 'SSH_AUTH_SOCK', 'AUTH_URL', 'AUTHOR', 'DSNAME'],
  ])('leaves %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('isSecretValue', () => {
  it.each([
    ['DATABASE_URL', 'postgres://shop:s3cret@db.internal:5432/shop'],
    ['CACHE', 'redis://:s3cret@cache'],
    ['PIP_EXTRA_INDEX_URL', 'https://pypi.example https://ci:s3cret@pypi.internal/simple'],
  ])('finds the password in %s=%s', (name, value) => {
    expect(isSecretValue(name, value)).toBe(true);
  });

  it.each([
    ['BASE_URL', 'https://preview.example:8443/a?mail=a:b@c'],
    ['REPOSITORY', 'ssh://git@github.com:22/a.git'],
    ['REGISTRY', 'http://localhost:4873/@scope/name'],
    ['HTTPS_PROXY', 'http://ci:s3cret@proxy:3128'],
    ['all_proxy', 'socks5://ci:s3cret@proxy:1080'],
    ['K6_OUT', 'influxdb=http://k6:s3cret@metrics:8086/k6'],
    ['LONG', 'a'.repeat(100_000)],
  ])('leaves %s', (name, value) => {
    expect(isSecretValue(name, value)).toBe(false);
  });
});

describe('scrubEnvironment', () => {
  it('removes a value with a password in it, unless it is listed', () => {
    const environment = { DATABASE_URL: 'postgres://a:b@c/d' };
    expect(scrubEnvironment(environment, none).removed).toEqual(['DATABASE_URL']);
    expect(scrubEnvironment(environment, { env: {}, passThrough: ['DATABASE_URL'] }).environment).toMatchObject(
      environment,
    );
  });

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
