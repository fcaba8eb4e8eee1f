/** One metric of a `Server-Timing` header: what the service itself says about where the time of one answer went. */
export interface TimedPart {
  /** From outside. */
  readonly name: string;
  readonly durationMs?: number;
  /** Calls behind it, where the description is a number of something: `desc="3 queries"`, `desc="queries=3"`. */
  readonly calls?: number;
  /** From outside. */
  readonly description?: string;
}

/** More parts than this are no breakdown. */
const maxParts = 32;

/**
 * Reads a `Server-Timing` header, several of them joined by commas; what isn't one is left out.
 *
 * Source: W3C Server Timing, working draft, section 3 (the grammar of RFC 9110, 5.6, with quoted strings).
 */
export function parseServerTiming(header: string): TimedPart[] {
  return splitOutsideQuotes(header, ',')
    .slice(0, maxParts)
    .flatMap((metric) => {
      const [name = '', ...parameters] = splitOutsideQuotes(metric, ';').map((part) => part.trim());
      if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) return [];
      const values = new Map<string, string>();
      for (const parameter of parameters) {
        const [key = '', ...value] = parameter.split('=');
        const known = key.trim().toLowerCase();
        if (!values.has(known)) values.set(known, unquoted(value.join('=').trim()));
      }
      return [partOf(name, values)];
    });
}

/** A whole number with a word before or after it that is no unit of time or size. */
const counted = /^(?:[a-z][a-z _-]*[=:]\s*)?(\d{1,6})(?!\s*(?:%|(?:ms|s|us|kb|mb|bytes?)\b))(?:\s+[a-z][a-z ]*)?$/i;

function partOf(name: string, values: ReadonlyMap<string, string>): TimedPart {
  const durationMs = Number.parseFloat(values.get('dur') ?? '');
  const description = values.get('desc');
  const calls = counted.exec(description ?? '')?.[1];
  return {
    name,
    ...(durationMs >= 0 && Number.isFinite(durationMs) && { durationMs }),
    ...(calls !== undefined && { calls: Number(calls) }),
    ...(description !== undefined && { description }),
  };
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (isQuoted && character === '\\') parts[parts.length - 1] += character + (text[++i] ?? '');
    else if (character === separator && !isQuoted) parts.push('');
    else {
      if (character === '"') isQuoted = !isQuoted;
      parts[parts.length - 1] += character;
    }
  }
  return parts;
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : text;
}
