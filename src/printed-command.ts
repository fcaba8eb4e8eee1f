/**
 * Every command that people are shown to be pasted: typed here, made a text by `renderCommand` alone. Free for all, since
 * reports, hints and help print them.
 */
export interface PrintedCommand {
  /** `tailgate`, then the subcommand. */
  readonly program: readonly string[];
  readonly flags?: readonly PrintedFlag[];
  /** Files and ids, which stand before the flags. */
  readonly operands?: readonly string[];
}

export interface PrintedFlag {
  /** Without its dashes. */
  readonly name: string;
  /** Absent for a switch; of several lines each is a flag of its own; several values stand behind one flag. */
  readonly value?: string | readonly string[] | ShellVariable;
  /** A variable of the environment that the command reads by itself. */
  readonly reads?: string;
}

/** What only the reader knows or nobody may print: the reader's shell puts it in, or says what it lacks and stops. */
export interface ShellVariable {
  readonly variable: string;
  /** What it stands for; words without quotes. */
  readonly meaning: string;
}

/** What a command has to carry that measures once more as this run was told to. */
export interface GivenSettings {
  /** What stands in no configuration file; the addresses, which differ from command to command, are not among them. */
  readonly flags: readonly PrintedFlag[];
  /** Whether the command's reader has a script: by a flag or in the file. */
  readonly hasScript: boolean;
  readonly targetUrl?: string;
  /** Whether another code is at another address, as it is with previews; otherwise builds follow one another at one. */
  readonly hasPreviews: boolean;
  /** As they were given, also by the file; a duet asks for more of both than a run that is compared with stored ones. */
  readonly timeBudgetMs?: number;
  readonly blockLengthMs?: number;
}

/** A command of Tailgate's own with `flags` (name and value), in their order. */
export function tailgateCommand(
  subcommand: string,
  flags: readonly PrintedFlag[] = [],
  operands: readonly string[] = [],
): PrintedCommand {
  return { program: ['tailgate', ...subcommand.split(' ')], flags, operands };
}

/**
 * `command` on one line, as a POSIX shell takes it. Of printable characters only, and nothing in it that GitHub's runner
 * obeys, so whoever prints it leaves it as it is. Without variables and apostrophes PowerShell takes it as well.
 */
export function renderCommand({ program, operands = [], flags = [] }: PrintedCommand): string {
  // What begins with a dash would be taken for a flag; of a file `./` says the same.
  const files = operands.map((text) => shellWord(text.startsWith('-') ? `./${text}` : text));
  return [...program, ...files, ...flags.flatMap(flagWords)].join(' ');
}

/** The variables that the reader has to have set for `command`, each once, in their order. */
export function variablesOf({ flags = [] }: PrintedCommand): readonly string[] {
  const names = flags.flatMap(({ value, reads }) => {
    const own = typeof value === 'object' && 'variable' in value ? [value.variable] : [];
    return reads === undefined ? own : [...own, reads];
  });
  return [...new Set(names)];
}

function flagWords({ name, value }: PrintedFlag): string[] {
  if (value === undefined) return [`--${name}`];
  if (typeof value === 'string') return value.split(/\r?\n/).map((line) => flagWord(name, line));
  // A shell without the variable prints the meaning and runs nothing.
  if ('variable' in value) return [`--${name} "\${${value.variable}:?${value.meaning}}"`];
  return [`--${name}`, ...value.map(shellWord)];
}

function flagWord(name: string, text: string): string {
  return `--${name}${text.startsWith('-') ? '=' : ' '}${shellWord(text)}`;
}

/** Characters that no shell reads otherwise, also PowerShell, to which a comma makes a list. */
const plain = /^[\w./:+-][\w./:@=+%-]*$/;

/** Invisible, moving or unassigned characters, and what begins a command of GitHub's runner. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]|##\[/u;

/** `text` as one word that a shell takes as it is meant. */
function shellWord(text: string): string {
  const word = text.toWellFormed();
  if (plain.test(word)) return word;
  if (unprintable.test(word)) return escapedWord(word);
  if (!word.includes("'")) return `'${word}'`;
  // PowerShell knows no other quotes with an apostrophe that a POSIX shell knows as well.
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
}

/** `$'…'` with the bytes of what can't be shown, which bash, zsh, ksh and POSIX 2024 read. */
function escapedWord(word: string): string {
  const escaped = Array.from(word, (character) => {
    if (character === '\\' || character === "'") return `\\${character}`;
    if (character !== '#' && !unprintable.test(character)) return character;
    return Array.from(new TextEncoder().encode(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  });
  return `$'${escaped.join('')}'`;
}
