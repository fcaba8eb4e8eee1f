/** What the script may see of this process's environment, and what was kept from it. */
export interface ScriptEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** Names that were removed, sorted. */
  readonly removed: readonly string[];
}

/**
 * Withheld whatever the rest of the name or the value looks like. Other variables of the runner and of clouds
 * (`GITHUB_SHA`, `RUNNER_OS`, `CI`, `AWS_REGION`) go by the words in their names like anybody's: `GITHUB_TOKEN` and
 * `AWS_SECRET_ACCESS_KEY` are secrets by these.
 */
const withheld: readonly { readonly names: RegExp; readonly shown?: string; readonly why: string }[] = [
  { names: /^ACTIONS_/, shown: 'ACTIONS_*', why: 'it is how the runner hands tokens to actions' },
  { names: /^INPUT_/, shown: 'INPUT_*', why: 'inputs of an action may hold secrets' },
  { names: /^ANTHROPIC_/, shown: 'ANTHROPIC_*', why: 'it is for the Claude API' },
  { names: /^GITHUB_(?:ENV|PATH|OUTPUT|STATE)$/, why: 'what is written there changes later steps of the job' },
];
const secret = 'it looks like a secret';

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
 * Why a variable of this name is withheld, as a clause; undefined when the name says nothing against it. Names are taken
 * apart at `_`, `-`, `.` and between lower and upper case. k6's own `K6_*` variables are settings that the user means for k6.
 */
export function whyWithheld(name: string): string | undefined {
  const upper = name.toUpperCase();
  if (upper.startsWith('K6_') || directoryNames.has(upper)) return undefined;
  const rule = withheld.find(({ names }) => names.test(upper));
  if (rule !== undefined) return rule.why;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');
  const isSecret = words.some((word) => secretWord.test(word)) || secretLastWord.test(words.at(-1) ?? '');
  return isSecret ? secret : undefined;
}

/** Why these names were withheld, by name or by value. */
export function describeReasons(names: readonly string[]): string {
  return [...new Set(names.map((name) => whyWithheld(name) ?? secret))].join(', and ');
}

/** Does the value give a password away, whatever its name? Proxies and k6's own settings are left alone. */
export function isSecretValue(name: string, value: string): boolean {
  return !proxyName.test(name) && !name.toUpperCase().startsWith('K6_') && urlWithPassword.test(value);
}

/**
 * The environment for k6: secrets left out, `env` added. A name in `env` or
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
    if (passThrough.has(name) || (whyWithheld(name) === undefined && !isSecretValue(name, value))) kept[name] = value;
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
    const group = withheld.find((rule) => rule.names.test(name.toUpperCase()))?.shown;
    if (group === undefined) names.push(name);
    else grouped.set(group, (grouped.get(group) ?? 0) + 1);
  }
  const groups = [...grouped].map(([group, count]) => `${group} (${count})`);
  return `withheld from the script: ${[...names, ...groups].join(', ')}; list a name in \`env\` to pass it`;
}
