import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Something that happens when this process ends without having taken it back, even by SIGKILL. */
export interface CleanUp {
  revoke(): void;
}

/**
 * A shell that waits for the end of a pipe whose other end only we hold: the kernel closes it with us, however we end.
 * Nothing else is told of a parent's SIGKILL on every POSIX system, and it costs one sleeping process.
 */
const wills = {
  'kill-group': 'read -r _ || kill -KILL "-$1"',
  // What writes into it is killed at the same time, and may take a moment.
  'remove-folder': 'read -r _ || { sleep 1; rm -rf -- "$1"; }',
} as const;

/** Leaves it to a shell to end a process group, or to remove a folder, in case we can't do so ourselves. */
export function cleanUpIfKilled(will: keyof typeof wills, operand: string): CleanUp {
  if (process.platform === 'win32') return { revoke: () => {} };
  const shell = spawn('/bin/sh', ['-c', wills[will], 'tailgate', operand], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
    // Out of reach of a Ctrl-C, which is meant for us.
    detached: true,
  });
  // Where there is no shell, a process that we leave behind ends when its output can't be written any more.
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  (shell.stdin as Socket).unref();
  return { revoke: () => void shell.kill('SIGKILL') };
}
