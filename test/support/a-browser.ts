import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/**
 * A real Chromium that comes with the npm packages: its program, the libraries that a bare machine lacks, and the
 * letters that screenshots are taken with, unpacked once per machine.
 */
export async function aBrowser(): Promise<Browser> {
  const folder = join(homedir(), '.cache/tailgate/chromium-147.0.0');
  await mkdir(folder, { recursive: true });
  const browser = await chromium.launch({
    executablePath: await unpackedChromium(folder),
    // Needed to run as any user in any container, and to take screenshots without a graphics card.
    args: [
      '--no-sandbox',
      '--no-zygote',
      '--font-render-hinting=none',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--ignore-gpu-blocklist',
    ],
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_PATH: await lettersFolder(folder),
      FONTCONFIG_FILE: join(folder, 'letters/fonts.conf'),
    },
  });
  // The first page of a browser may be laid out before its letters are known.
  const first = await browser.newPage();
  await first.setContent('<p>a <b>b</b> <code>c <b>d</b></code></p>');
  await first.screenshot();
  await first.close();
  return browser;
}

/** The environment in which k6 finds that browser. */
export async function browserForK6(): Promise<Record<string, string | undefined>> {
  const folder = join(homedir(), '.cache/tailgate/chromium-147.0.0');
  await mkdir(folder, { recursive: true });
  const program = await unpackedChromium(folder);
  const started = join(folder, 'chromium-for-k6.sh');
  await writeFile(started, `#!/bin/sh\nLD_LIBRARY_PATH='${join(folder, 'al2023/lib')}' exec '${program}' "$@"\n`, {
    mode: 0o755,
  });
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    K6_BROWSER_EXECUTABLE_PATH: started,
    K6_BROWSER_ARGS: 'no-sandbox,no-zygote',
  };
}

/** The package unpacks into the temporary folder, and its libraries only where it believes to be in a bare container. */
async function unpackedChromium(folder: string): Promise<string> {
  const { TMPDIR, AWS_LAMBDA_JS_RUNTIME, LD_LIBRARY_PATH, FONTCONFIG_PATH } = process.env;
  try {
    Object.assign(process.env, { TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' });
    const { default: packaged } = await import('@sparticuz/chromium');
    return await packaged.executablePath();
  } finally {
    for (const [name, value] of Object.entries({ TMPDIR, AWS_LAMBDA_JS_RUNTIME, LD_LIBRARY_PATH, FONTCONFIG_PATH })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const letters = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'];

async function lettersFolder(folder: string): Promise<string> {
  const target = join(folder, 'letters');
  await mkdir(target, { recursive: true });
  const source = resolve(import.meta.dirname, '../../node_modules/dejavu-fonts-ttf/ttf');
  for (const file of letters) await copyFile(join(source, file), join(target, file));
  await writeFile(
    join(target, 'fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${target}</dir>
  <cachedir>${join(target, 'cache')}</cachedir>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`,
  );
  return target;
}
