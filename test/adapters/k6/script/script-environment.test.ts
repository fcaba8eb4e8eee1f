import { describe, expect, it } from 'vitest';
import {
  describeReasons,
  describeRemoved,
  isSecretValue,
  scrubEnvironment,
  whyWithheld,
} from '../../../../src/adapters/k6/script/script-environment.ts';

const none = { env: {}, passThrough: [] };

describe('whyWithheld', () => {
  it.each([
    ...['GITHUB_TOKEN', 'GITHUB_APP_PRIVATE_KEY', 'GITHUB_PAT', 'RUNNER_TOKEN', 'CI_JOB_TOKEN', 'SYSTEM_ACCESSTOKEN'],
    ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
    ...['TOKEN', 'API_TOKEN', 'NPM_TOKENS', 'authToken', 'CLIENT_SECRET', 'DB_PASSWORD', 'db-passwd', 'PASSPHRASE'],
    ...['API_KEY', 'KEY', 'SSH_PRIVATE_KEY', 'APIKEY', 'MY_APIKEY_2', 'apiKey', 'GOOGLE_APPLICATION_CREDENTIALS'],
    ...['DB_PASS', 'DB_PWD', 'GH_PAT', 'SESSION_JWT', 'SERVICE_CREDS', 'MYSECRET', 'npm_config__authToken'],
    ...['NPM_CONFIG__AUTH', 'SENTRY_DSN', 'DSN', 'REGISTRY_AUTH', 'PROXY_AUTHORIZATION'],
  ])('takes %s for a secret', (name) => {
    expect(whyWithheld(name)).toBe('it looks like a secret');
  });

  it.each([
    ['ACTIONS_RUNTIME_URL', 'it is how the runner hands tokens to actions'],
    ['ACTIONS_ID_TOKEN_REQUEST_URL', 'it is how the runner hands tokens to actions'],
    ['INPUT_BYPASS-HEADER', 'inputs of an action may hold secrets'],
    ['ANTHROPIC_CUSTOM_HEADERS', 'it is for the Claude API'],
    ['GITHUB_ENV', 'what is written there changes later steps of the job'],
    ['GITHUB_OUTPUT', 'what is written there changes later steps of the job'],
  ])('withholds %s and says why', (name, why) => {
    expect(whyWithheld(name)).toBe(why);
  });

  it.each([
    ...['GITHUB_SHA', 'GITHUB_REF', 'GITHUB_REF_NAME', 'GITHUB_HEAD_REF', 'GITHUB_BASE_REF', 'GITHUB_RUN_ID'],
    ...['GITHUB_RUN_NUMBER', 'GITHUB_RUN_ATTEMPT', 'GITHUB_REPOSITORY', 'GITHUB_REPOSITORY_OWNER', 'GITHUB_ACTIONS'],
    ...['GITHUB_WORKFLOW', 'GITHUB_JOB', 'GITHUB_ACTOR', 'GITHUB_EVENT_NAME', 'GITHUB_SERVER_URL', 'GITHUB_WORKSPACE'],
    ...['GITHUB_STEP_SUMMARY', 'RUNNER_OS', 'RUNNER_ARCH', 'RUNNER_NAME', 'RUNNER_TEMP', 'CI', 'CI_COMMIT_SHA'],
    ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'BUILD_NUMBER', 'CIRCLE_SHA1', 'VERCEL_ENV'],
  ])('lets %s through, which tells of the job', (name) => {
    expect(whyWithheld(name)).toBeUndefined();
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
    expect(whyWithheld(name)).toBeUndefined();
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
    const scrubbed = scrubEnvironment(
      { PATH: '/bin', API_TOKEN: 'x', GITHUB_TOKEN: 'y', GITHUB_SHA: 'z', EMPTY: undefined },
      none,
    );
    expect(scrubbed).toEqual({
      environment: { PATH: '/bin', GITHUB_SHA: 'z', K6_NO_USAGE_REPORT: 'true' },
      removed: ['API_TOKEN', 'GITHUB_TOKEN'],
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
    expect(describeRemoved(['ACTIONS_CACHE_URL', 'ACTIONS_RUNTIME_TOKEN', 'API_TOKEN', 'GITHUB_ENV'])).toBe(
      'withheld from the script: API_TOKEN, GITHUB_ENV, ACTIONS_* (2); list a name in `env` to pass it',
    );
  });
});

describe('describeReasons', () => {
  it('gives each reason once', () => {
    expect(describeReasons(['DATABASE_URL', 'API_TOKEN'])).toBe('it looks like a secret');
    expect(describeReasons(['API_TOKEN', 'INPUT_ENV'])).toBe(
      'it looks like a secret, and inputs of an action may hold secrets',
    );
  });
});
