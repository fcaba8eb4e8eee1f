import { goTool } from './go-tool.ts';

/** The version that `tools/actionlint` pins. */
const version = '1.7.12';

/** The path of an actionlint, built on first use. */
export function actionlintBinary(): Promise<string> {
  return goTool({
    name: 'actionlint',
    version,
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
    flags: [`-ldflags=-X github.com/rhysd/actionlint.version=${version}`],
  });
}
