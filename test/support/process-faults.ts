import { readdirSync, readFileSync } from 'node:fs';

/** Stops a process in its tracks (SIGSTOP) until the result is disposed of; nothing happens if it has ended by then. */
export function stallProcess(pid: number): Disposable {
  process.kill(pid, 'SIGSTOP');
  return {
    [Symbol.dispose]: () => {
      try {
        process.kill(pid, 'SIGCONT');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}

/**
 * The process ids of the `k6 run`s below `ancestor` (default: this process) that were given `url` in their environment or
 * on their command line. Linux only. A script is tried before it makes load, so ask once load has arrived.
 */
export function k6ProcessesFor(url: string, ancestor: number = process.pid): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(Number(name))] as const),
  );
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (parents.get(pid) === ancestor || isBelow(parents.get(pid)));
  return [...parents.keys()].filter((pid) => {
    const words = readWords(pid, 'cmdline');
    const isRun = /(^|\/)k6$/.test(words[0] ?? '') && words.includes('run');
    return isRun && isBelow(pid) && [...words, ...readWords(pid, 'environ')].some((word) => tells(word, url));
  });
}

function tells(word: string, url: string): boolean {
  const value = word.slice(word.indexOf('=') + 1);
  return value === url || value === `${url}/`;
}

function parentOf(pid: number): number | undefined {
  const stat = readProc(pid, 'stat');
  // The name stands in parentheses and may contain anything; the state and the parent's id follow it.
  const parent = /^[A-Z] (\d+)/.exec(stat.slice(stat.lastIndexOf(')') + 2))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

function readWords(pid: number, file: 'cmdline' | 'environ'): string[] {
  return readProc(pid, file).split('\0');
}

/** Empty for a process that has ended in the meantime. */
function readProc(pid: number, file: 'stat' | 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
