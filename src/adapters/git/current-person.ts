import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

/** What the person at this machine is called: as git signs commits in `directory`, otherwise as the system knows them. */
export async function currentPerson(directory: string): Promise<string> {
  try {
    const { stdout } = await runFile('git', ['-C', directory, 'config', 'user.name'], { timeout: 10_000 });
    if (stdout.trim() !== '') return stdout.trim();
  } catch {
    // No git, or nobody's name in it.
  }
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that nobody is called by.
    return 'somebody';
  }
}
