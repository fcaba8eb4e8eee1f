import { toPlainText } from '../escape.ts';
import type { RankedFacts } from './report-facts.ts';

/** How a reader sees the same on a machine of their own: a sentence, then a command to be pasted. */
export interface Reproduction {
  readonly text: string;
  readonly command: string;
}

/** Undefined where nothing was compared. Two builds side by side see more on any machine than stored runs of another one. */
export function reproductionOf({ decided, mode, scripts }: RankedFacts): Reproduction | undefined {
  if (decided.comparison === undefined || mode === 'record') return undefined;
  const script = shellWord(scripts?.[0] ?? 'SCRIPT');
  return {
    text: 'Start the base build on port 3000 and this build on port 3001 of one machine, and measure both at the same time:',
    command: `tailgate duet --baseline-url http://localhost:3000 --target-url http://localhost:3001 --script ${script}`,
  };
}

/** `text` as one word of a command that a shell takes as it is meant. */
export function shellWord(text: string): string {
  const plain = toPlainText(text, 200);
  return /^[\w./:@=+,-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`;
}
