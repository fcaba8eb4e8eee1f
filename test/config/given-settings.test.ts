import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { parseConfig, type RawConfig } from '../../src/config/parse-config.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { renderCommand } from '../../src/printed-command.ts';
import { reportFacts } from '../support/report-cases.ts';

function configOf(raw: RawConfig): Config {
  const parsed = parseConfig(raw);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** The commands of a first report and of a later one. */
function commandsOf(raw: RawConfig, mode: 'stored' | 'record' = 'stored'): (string | undefined)[] {
  const { given } = configOf(raw);
  const first = buildReport(reportFacts({ stored: 0, mode, facts: { given } }));
  const later = buildReport(reportFacts({ comparisons: [], facts: { given } }));
  return [first.nextCommand, later.reproduction?.command].map((command) => command && renderCommand(command));
}

const inputs = { 'target-url': 'https://pr-7.example.com', script: 'load.js' };

describe('the commands of a report carry what the run was given', () => {
  it('and not what the configuration file says to every run', () => {
    const configFile = {
      path: '.tailgate.yml',
      text: 'script: other.js\nduration: 30s\nenv: { TENANT: x }\nmax-p95-increase: 5%\n',
    };
    const [record, duet] = commandsOf({
      inputs: {
        ...inputs,
        script: '',
        duration: '1m',
        'url-variable': 'SHOP',
        'group-by': 'operation',
        config: 'gate.yml',
      },
      configFile,
    });
    expect(record).toBe(
      'tailgate record --name shop --baseline-store dir:baselines --target-url https://pr-7.example.com --duration 1m --url-variable SHOP --group-by operation --config gate.yml',
    );
    expect(duet).toBe(
      'tailgate duet --baseline-url http://localhost:3000 --target-url http://localhost:3001 --duration 1m --url-variable SHOP --group-by operation --config gate.yml',
    );
  });

  it('in the Action, where each pull request has an address of its own and the name comes from the workflow', () => {
    const raw = {
      inputs,
      isAction: true,
      defaults: { name: 'ci / gate', 'baseline-store': 'branch:tailgate-baselines' },
    };
    expect(commandsOf(raw)[0]).toMatch(
      /^tailgate record --name shop --baseline-store dir:baselines --target-url "\$\{URL:\?address of a deployment of the default branch\}" --script load.js$/,
    );
    expect(commandsOf(raw, 'record')[0]).toContain('--target-url https://pr-7.example.com');
    expect(commandsOf(raw)[1]).toMatch(/ --name 'ci \/ gate'$/);
  });

  it('by name where it may be a secret', () => {
    const secrets = ['s3cr3t', 'hunter2', 'abcdef0123456789', '4711'];
    const env = [
      `API_ROOT={url}/api\nDURATION=20s\nRATE=120\nIS_FAST=true`,
      `LOGIN_PASSWORD=${secrets[1]}\nPIN=${secrets[3]}\nTENANT=${secrets[2]}\nHOME`,
    ].join('\n');
    const commands = commandsOf({
      inputs: {
        ...inputs,
        env,
        'bypass-header': `x-key: ${secrets[0]}`,
        'k6-args': `-e TOKEN=${secrets[0]}`,
        'anthropic-api-key': secrets[0],
      },
    }).join('\n');
    for (const secret of secrets) expect(commands).not.toContain(secret);
    expect(commands).toContain(
      "--env 'API_ROOT={url}/api' --env DURATION=20s --env RATE=120 --env IS_FAST=true --env LOGIN_PASSWORD --env PIN --env TENANT --env HOME",
    );
    expect(commands).toMatch(/ --k6-args "\$\{K6_ARGS:\?as this run was given\}"/);
    expect(commands).toMatch(/ --bypass-header "\$\{BYPASS_HEADER:\?NAME: VALUE, as this run was given it\}"/);
  });

  it('with a budget and blocks that suffice for two side by side', () => {
    const [, duet] = commandsOf({ inputs: { ...inputs, 'time-budget': '20s' } });
    expect(duet).toContain(' --time-budget 3m');
    const [, fits] = commandsOf({ inputs: { ...inputs, 'time-budget': '60s' } });
    expect(fits).toContain(' --time-budget 60s');
  });
});
