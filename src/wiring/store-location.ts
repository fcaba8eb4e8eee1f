import type { Config } from '../config/config.ts';
import { inputs } from '../config/inputs.ts';
import { configError } from '../config/parse-config.ts';

/** Where the stored runs are, from the text of `baseline-store`. Throws `GateError` for a text that names no store. */
export function storeLocation(text: string): Config['baselineStore'] {
  const { parse, example } = inputs['baseline-store'];
  const parsed = parse(text);
  if (parsed.isValid) return parsed.value;
  throw configError([{ where: 'baseline-store', got: JSON.stringify(text), expected: parsed.expected, example }]);
}
