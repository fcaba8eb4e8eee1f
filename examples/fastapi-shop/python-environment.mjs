import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The Python of a virtual environment that has what `requirements` names. It is created once and then kept in the user's
 * cache folder. Several may create it at once: each does so in a folder of its own, and the first to be ready wins. `signal`
 * gives it up.
 */
export async function pythonWith(requirements, signal) {
  const base = process.env.PYTHON || 'python3';
  const version = await pythonVersion(base);
  const hash = createHash('sha256')
    .update(version)
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'tailgate', `fastapi-shop-${hash}`);
  if (!(await exists(pythonIn(folder)))) await create(base, requirements, folder, signal);
  return pythonIn(folder);
}

async function pythonVersion(base) {
  const code = 'import sys; print(*sys.version_info[:3], sys.base_prefix)';
  const { stdout } = await run(base, ['-c', code]).catch(() => {
    throw new Error(`${base} can't be run; the shop needs Python 3.11 or newer (PYTHON names another one)`);
  });
  const [major, minor] = stdout.split(' ').map(Number);
  if (major !== 3 || minor < 11) throw new Error(`${base} is Python ${major}.${minor}; the shop needs 3.11 or newer`);
  return stdout;
}

async function create(base, requirements, folder, signal) {
  console.error('installing the Python packages of the shop, once ...');
  await mkdir(dirname(folder), { recursive: true });
  const beside = await mkdtemp(`${folder}.`);
  try {
    await follow(base, ['-m', 'venv', beside], signal);
    const pip = [
      '-m',
      'pip',
      '--disable-pip-version-check',
      'install',
      '--quiet',
      '--require-hashes',
      '--only-binary=:all:',
    ];
    await follow(pythonIn(beside), [...pip, '-r', requirements], signal);
    await rename(beside, folder).catch(async (error) => {
      if (!(await exists(pythonIn(folder)))) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  }
}

/** Runs a program to its end. What it prints goes to the standard error, which is for people. */
function follow(program, args, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2], signal });
    let problem;
    child.on('error', (error) => {
      problem = error;
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(problem ?? new Error(`${program} ${args.slice(0, 2).join(' ')} failed with exit code ${code}`));
    });
  });
}

function pythonIn(folder) {
  return join(folder, 'bin', 'python');
}

function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
