import { configError } from '../config/parse-config.ts';
import { parseDuration } from '../config/parse-values.ts';

/** The flag `--warm-up` of commands that read files; nothing when it isn't given. Throws `GateError` for a wrong value. */
export function durationFlag(name: string, text: string | undefined): { readonly warmUpMs?: number } {
  if (text === undefined) return {};
  const parsed = parseDuration(text, 0);
  if (parsed.isValid) return { warmUpMs: parsed.value };
  throw configError([{ where: `--${name}`, got: JSON.stringify(text), expected: parsed.expected, example: '10s' }]);
}
