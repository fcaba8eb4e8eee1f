// Takes the token out of the clone again, as the real one does. And ends what the job left running, as GitHub's runner does
// and act doesn't: a server that a later job starts on the same port must not be an earlier job's.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, sep } from 'node:path';

const { STATE_folder: folder, STATE_key: key, GITHUB_WORKSPACE: workspace } = process.env;
if (folder && key) spawnSync('git', ['config', '--local', '--unset-all', key], { cwd: folder });

const jobFolder = dirname(workspace) + sep;
const own = [process.pid, process.ppid];
const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
for (const pid of pids.map(Number)) {
  if (own.includes(pid) || !`${folderOf(pid)}${sep}`.startsWith(jobFolder)) continue;
  console.log(`Terminate orphan process: pid (${pid})`);
  process.kill(pid, 'SIGKILL');
}

/** Where a process works; empty once it is gone, or when it is somebody else's. */
function folderOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
