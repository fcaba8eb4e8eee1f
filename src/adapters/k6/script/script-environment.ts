/** What the script may see of this process's environment, and what was kept from it. */
export interface ScriptEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** Names that were removed, sorted. */
  readonly removed: readonly string[];
}

const secretPrefixes = ['GITHUB_', 'ACTIONS_', 'INPUT_', 'RUNNER_', 'ANTHROPIC_', 'AWS_'];

/** Endings of one word of a name. `KEY` counts only as a whole word, so that `MONKEY` and `KEYBOARD` stay. */
const secretWord =
  /^(?:.*(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|APIKEY|ACCESSKEY|PRIVATEKEY)S?|KEYS?|CREDS?|PAT|JWT)$/;
const secretLastWord = /^(?:PASS|PWD|AUTH|AUTHORIZATION|DSN)$/;
const directoryNames = new Set(['PWD', 'OLDPWD']);
/** `scheme://user:password@host`, anywhere in a value. */
const urlWithPassword = /[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/?#:@]*:[^\s/?#@]+@/i;
/** k6 can't reach the target without them. */
const proxyName = /^(?:HTTP|HTTPS|ALL)_PROXY$/i;

/**
 * Does this name look like that of a secret, or of something that belongs to the CI runner? Names are taken apart at
 * `_`, `-`, `.` and between lower and upper case. k6's own `K6_*` variables are settings that the user means for k6.
 */
export function isSecretName(name: string): boolean {
  const upper = name.toUpperCase();
  if (upper.startsWith('K6_') || directoryNames.has(upper)) return false;
  if (secretPrefixes.some((prefix) => upper.startsWith(prefix))) return true;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');
  return words.some((word) => secretWord.test(word)) || secretLastWord.test(words.at(-1) ?? '');
}

/** Does the value give a password away, whatever its name? Proxies and k6's own settings are left alone. */
export function isSecretValue(name: string, value: string): boolean {
  return !proxyName.test(name) && !name.toUpperCase().startsWith('K6_') && urlWithPassword.test(value);
}

/**
 * The environment for k6: secrets and the runner's own variables left out, `env` added. A name in `env` or
 * `passThrough` is passed whatever it looks like. This protects against accidents (a script that prints `__ENV`), not
 * against a hostile script, which can read what its user can.
 */
export function scrubEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  allowed: { readonly env: Readonly<Record<string, string>>; readonly passThrough: readonly string[] },
): ScriptEnvironment {
  const passThrough = new Set(allowed.passThrough);
  const kept: Record<string, string> = {};
  const removed: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (passThrough.has(name) || !(isSecretName(name) || isSecretValue(name, value))) kept[name] = value;
    else if (!Object.hasOwn(allowed.env, name)) removed.push(name);
  }
  return {
    environment: { ...kept, ...allowed.env, K6_NO_USAGE_REPORT: 'true' },
    removed: removed.sort(),
  };
}

/** The one line that tells which names the script doesn't get. */
export function describeRemoved(removed: readonly string[]): string {
  const grouped = new Map<string, number>();
  const names: string[] = [];
  for (const name of removed) {
    const prefix = secretPrefixes.find((candidate) => name.startsWith(candidate));
    if (prefix === undefined) names.push(name);
    else grouped.set(prefix, (grouped.get(prefix) ?? 0) + 1);
  }
  const groups = [...grouped].map(([prefix, count]) => `${prefix}* (${count})`);
  return `withheld from the script: ${[...names, ...groups].join(', ')}; list a name in \`env\` to pass it`;
}
