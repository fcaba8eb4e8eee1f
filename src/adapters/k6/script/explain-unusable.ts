import type { NotMeasured } from '../../../ports.ts';
import type { K6Binary } from '../binary/k6-command.ts';
import { importsOf } from './script-code.ts';
import type { SourceFile } from './script-sources.ts';

/** A script that k6 can't load, and what k6 said about it. */
interface UnusableScript {
  /** Path as given. */
  readonly script: string;
  readonly sources: readonly SourceFile[];
  readonly k6: K6Binary;
  readonly detail: string;
}

/** What k6 says, in its own words, and what helps. */
interface Remedy {
  readonly said: RegExp;
  readonly hint: (found: RegExpExecArray) => string;
}

const executors =
  'shared-iterations, per-vu-iterations, constant-vus, ramping-vus, constant-arrival-rate and ramping-arrival-rate';

const remedies: readonly Remedy[] = [
  {
    said: /^unknown executor type 'externally-controlled'/,
    hint: () =>
      'k6 2 no longer has this executor. Write `constant-vus` in its place, with the same `vus` and `duration` and without `maxVUs`, or stay with k6 1: `k6-version: 1.8.1`.',
  },
  {
    said: /^unknown executor type/,
    hint: () => `Correct the name in \`scenarios\`: k6 has ${executors}.`,
  },
  {
    said: /k6\/experimental\/redis has been removed/,
    hint: () =>
      'Stay with k6 1, which still has it: `k6-version: 1.8.1`. From k6 2 on it is an extension, k6/x/redis, which needs a k6 of your own in `k6-path`.',
  },
  {
    said: /k6\/experimental\/\w+ has been (?:removed|graduated)/,
    hint: () => 'Change the import in the script as k6 says.',
  },
  {
    said: /moduleSpecifier "([^"]+)" couldn't be recognised/,
    hint: ([, name]) =>
      `k6 has no packages of npm. Bundle ${name} into the script: \`esbuild SCRIPT --bundle --format=esm --external:k6 --external:'k6/*' --outfile=bundle.js\`, then give bundle.js.`,
  },
  {
    said: /moduleSpecifier "[./][^"]*" couldn't be found/,
    hint: () =>
      'k6 looks for it beside the file that imports it. If the script is a link to a file elsewhere, give the path of that file.',
  },
  {
    said: /couldn't be retrieved from the resolved url/,
    hint: () =>
      'k6 fetches this module from the network each time. Let this machine reach it, or keep a copy beside the script and import that.',
  },
  {
    said: /\.json: Line \d+/,
    hint: () => "k6 can't import JSON. Read it in the script instead: `JSON.parse(open('./FILE.json'))`.",
  },
  {
    said: /function '([^']+)' not found in exports/,
    hint: ([, name]) => `Export a function ${name} from the script, or name in \`exec\` one that is exported.`,
  },
  {
    said: /^no exported functions in script/,
    hint: () => 'Export the function that makes the requests: `export default function () { … }`.',
  },
];

/** What k6 puts before the reason when it could not have a k6 with extensions built. */
const wrapping = /^(?:Failed to provision [^:]*: )?(?:building binary: )*/;

/** Why a script can't be used, and what to change. */
export function explainUnusable(facts: UnusableScript): NotMeasured {
  const { script, k6, detail } = facts;
  const reason = detail.startsWith(`${script}: `) ? detail.slice(script.length + 2) : detail;
  const extensions = facts.sources.flatMap(importsOf).filter((name) => name.startsWith('k6/x/'));
  // With automatic resolution k6 has the extension built elsewhere, and says what came of it.
  const isBuilt = /^(?:building binary|failed to provision)/i.test(reason);
  if (extensions.length > 0 && (isBuilt || reason.startsWith('unknown modules ['))) {
    const what = `it imports ${[...new Set(extensions)].join(', ')}, which this k6 ${k6.version} doesn't have`;
    return unusable(
      `k6 can't run ${script}: ${what}${isBuilt ? `, and k6 could not have it built: ${reason.replace(wrapping, '')}` : ''}`,
      `Build a k6 with the extension and name it in \`k6-path\`: \`xk6 build v${k6.version} --with MODULE\`, where MODULE is the extension's Go module; see https://grafana.com/docs/k6/latest/extensions/build-k6-binary-using-go/.`,
    );
  }
  for (const { said, hint } of remedies) {
    const found = said.exec(reason);
    if (found !== null) return unusable(`k6 can't run ${script}: ${reason}`, hint(found));
  }
  return unusable(
    `k6 can't run ${script}: ${reason}`,
    'Correct the script at the place that k6 names; the same command tells without any load whether that was all.',
  );
}

/** k6 has a browser module, and no browser that it could start. */
export function explainBrowser(script: string, detail: string): NotMeasured {
  const reason = detail.replace(/^error building browser on IterStart: /, '').replace(/ at default \(.*\)$/, '');
  const isMissing = /couldn't detect/.test(reason);
  return unusable(
    `k6 can't start a browser for ${script}: ${reason}`,
    isMissing
      ? 'Install Chrome or Chromium on this machine (the Ubuntu images of GitHub have it), or set K6_BROWSER_EXECUTABLE_PATH to its program.'
      : 'See that Chrome or Chromium starts on this machine. As root or in a container it often needs K6_BROWSER_ARGS=no-sandbox.',
  );
}

function unusable(detail: string, hint: string): NotMeasured {
  return { kind: 'not-measured', reason: 'k6-could-not-run', detail, hint };
}
