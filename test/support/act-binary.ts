import { goTool } from './go-tool.ts';

/** The version that `tools/act` pins. */
const version = '0.2.89';

/** The path of an act that runs every job on this machine itself, built on first use. */
export function actBinary(): Promise<string> {
  return goTool({
    name: 'act',
    version,
    package: 'github.com/nektos/act',
    flags: ['-tags', 'WITHOUT_DOCKER'],
  });
}
