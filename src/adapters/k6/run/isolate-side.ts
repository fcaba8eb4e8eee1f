import type { K6Arguments } from '../binary/k6-arguments.ts';

/** How one side of a duet is run: what k6 is given, and what of the user's own was left out. */
export interface IsolatedSide {
  readonly user: K6Arguments;
  readonly environment: Readonly<Record<string, string>>;
  /** As the user wrote it, for one line of explanation. */
  readonly off: readonly string[];
}

/** Flags that open a port or send measurements elsewhere, and whether a value follows. */
const sharedFlags: Readonly<Record<string, boolean>> = {
  '--address': true,
  '-a': true,
  '--traces-output': true,
  '--profiling-enabled': false,
};

/** Flags that write files which both sides would write; those of the candidate stay. */
const fileFlags: Readonly<Record<string, boolean>> = { '--console-output': true, '--summary-mode': true };

const sharedVariables = /^K6_(OUT|WEB_DASHBOARD|WEB_DASHBOARD_.*|ADDRESS|TRACES_OUTPUT)$/;
const fileVariables = /^K6_(SUMMARY_EXPORT|SUMMARY_MODE|NO_SUMMARY|CONSOLE_OUTPUT|NEW_MACHINE_READABLE_SUMMARY)$/;

/**
 * Two k6 processes of one script must not meet: outputs and ports of the user's are off on both sides, so that they stay
 * alike, and files that k6 writes come from the candidate alone. Thresholds run on both, since without them k6 would do
 * less work on one side.
 */
export function isolateSide(
  user: K6Arguments,
  environment: Readonly<Record<string, string>>,
  side: 'baseline' | 'candidate',
): IsolatedSide {
  const isBaseline = side === 'baseline';
  const { kept, dropped } = withoutFlags(user.kept, isBaseline ? { ...sharedFlags, ...fileFlags } : sharedFlags);
  const names = Object.keys(environment).filter(
    (name) => sharedVariables.test(name) || (isBaseline && fileVariables.test(name)),
  );
  const { summaryExport, ...rest } = user;
  return {
    user: {
      ...rest,
      kept: isBaseline ? [...kept, '--summary-mode=disabled'] : kept,
      outputs: [],
      hasAddress: false,
      ...(summaryExport !== undefined && !isBaseline && { summaryExport }),
    },
    environment: Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name))),
    off: [
      ...user.outputs.map((output) => `--out ${output}`),
      ...dropped.filter((flag) => Object.keys(sharedFlags).some((name) => flag.startsWith(name))),
      ...names.filter((name) => sharedVariables.test(name)),
    ],
  };
}

function withoutFlags(
  words: readonly string[],
  flags: Readonly<Record<string, boolean>>,
): { readonly kept: string[]; readonly dropped: string[] } {
  const kept: string[] = [];
  const dropped: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const name = Object.keys(flags).find((flag) => word === flag || word.startsWith(`${flag}=`));
    if (name === undefined) kept.push(word);
    else if (flags[name] === true && word === name) dropped.push(`${word} ${words[++at] ?? ''}`.trim());
    else dropped.push(word);
  }
  return { kept, dropped };
}
