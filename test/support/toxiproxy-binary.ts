import { goTool } from './go-tool.ts';

/** The version that `tools/toxiproxy` pins. */
export const toxiproxyVersion = '2.12.0';

const module = 'github.com/Shopify/toxiproxy/v2';

/** The path of a toxiproxy server, built on first use. Without the flag it calls itself "git". */
export function toxiproxyBinary(): Promise<string> {
  return goTool({
    name: 'toxiproxy',
    version: toxiproxyVersion,
    package: `${module}/cmd/server`,
    flags: [`-ldflags=-X ${module}.Version=${toxiproxyVersion}`],
  });
}
