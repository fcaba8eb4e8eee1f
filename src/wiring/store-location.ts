import type { Config } from '../config/config.ts';
import { inputs } from '../config/inputs.ts';
import { configError } from '../config/parse-config.ts';

/** Where the stored runs are, from the text of `baseline-store`. Throws `GateError` for a text that names no store. */
export function storeLocation(text: string): Config['baselineStore'] {
  const spec = inputs['baseline-store'];
  const parsed = spec.parse(text);
  if (parsed.isValid) return parsed.value;
  const problem = {
    where: 'baseline-store',
    got: JSON.stringify(text),
    expected: parsed.expected,
    example: spec.example,
  };
  throw configError([problem]);
}
