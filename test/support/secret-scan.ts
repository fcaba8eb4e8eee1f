import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptOutput } from './kept-output.ts';

export interface SecretScan {
  /** Different secrets that were used; without any the scan proves nothing. */
  readonly secrets: number;
  readonly outputs: number;
  readonly characters: number;
  /** Each place with what is around the secret, never the secret. */
  readonly found: readonly string[];
}

/** What looks like a token of GitHub's or a key of Claude's, whether a test named it or not. */
const tokenLike = /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-ant-[\w-]{12,})/g;

/** Lines by which a program asks the runner to mask a value, also as act logs them: the runner shows none of them. */
const maskRequest = /^(?:::add-mask::.*|\{.*"command":"add-mask".*\})$/gm;

/** Is any secret that the tests kept in `folder` in any output that they kept there? */
export async function scanForSecrets(folder: string): Promise<SecretScan> {
  const names = await readdir(folder);
  const secrets = new Set((await entries(folder, names, 'secrets')) as string[]);
  const outputs = (await entries(folder, names, 'output')) as KeptOutput[];
  const forms = [...secrets].flatMap(formsOf);
  const found = outputs.flatMap(({ source, text }) => {
    const shown = text.replaceAll(maskRequest, '');
    const hits = new Set([...forms.filter((form) => shown.includes(form)), ...(shown.match(tokenLike) ?? [])]);
    return [...hits].map((hit) => `${source}: ${around(shown, hit)}`);
  });
  const characters = outputs.reduce((sum, { text }) => sum + text.length, 0);
  return { secrets: secrets.size, outputs: outputs.length, characters, found: [...new Set(found)] };
}

/**
 * `secret` as it may be written: as it is, in an address, in JSON, and within base64, where it looks different at each
 * of three offsets.
 */
function formsOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString('base64');
    // The first and the last characters also depend on what stands around.
    return text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + Buffer.byteLength(secret)) * 4) / 3));
  });
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64];
  return [...new Set(forms)].filter((form) => form.length >= 6);
}

async function entries(folder: string, names: readonly string[], kind: string): Promise<unknown[]> {
  const files = names.filter((name) => name.startsWith(`${kind}-`));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line)),
  );
}

function around(text: string, hit: string): string {
  const at = text.indexOf(hit);
  const line = text.slice(Math.max(at - 60, 0), at + hit.length + 40);
  return JSON.stringify(line.replaceAll(hit, `<SECRET of ${hit.length}>`));
}
