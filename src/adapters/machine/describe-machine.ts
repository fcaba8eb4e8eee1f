import { cpus, hostname } from 'node:os';

/** What is known of the machine that makes the load: soft keys of the fingerprint, and the machine's own name. */
export interface Machine {
  readonly cpu?: string;
  readonly cores: string;
  readonly image?: string;
  readonly region?: string;
  /** Two runs of one machine share its luck; hosted runners get a new name each time. */
  readonly machine: string;
}

/** `environment` is the process environment: GitHub's runners name their image there. */
export function describeMachine(environment: Readonly<Record<string, string | undefined>>): Machine {
  const processors = cpus();
  const cpu = processors[0]?.model.trim();
  const image = [environment['ImageOS'], environment['ImageVersion']].filter(Boolean).join('-');
  const region = environment['TAILGATE_REGION'];
  return {
    ...(cpu ? { cpu } : {}),
    cores: String(processors.length),
    ...(image ? { image } : {}),
    ...(region ? { region } : {}),
    machine: environment['RUNNER_NAME'] ?? hostname(),
  };
}
