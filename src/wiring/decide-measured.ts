import { existsSync } from 'node:fs';
import { artifactFolders } from '../adapters/artifacts/artifact-folder.ts';
import { type ArtifactApi, fetchedArtifacts } from '../adapters/artifacts/fetched-artifacts.ts';
import type { Config } from '../config/config.ts';
import { configError } from '../config/parse-config.ts';
import { isFromFork, type PlatformEvent } from '../core/platform/platform-event.ts';
import { runDecision } from '../gate/decide.ts';
import type { GateResult, World } from '../gate/gate.ts';
import type { JobReader } from '../ports.ts';
import { judgingPlan } from './measure-and-judge.ts';

/** Decides about what other jobs measured; `event` and `api` are absent outside GitHub. */
export function decideMeasured(
  config: Config,
  world: World,
  platform: { readonly event?: PlatformEvent; readonly api?: ArtifactApi | undefined } = {},
): Promise<GateResult> {
  const { candidateFrom, jobs, unchangedJobs, repeats } = config.betweenJobs;
  const notices = [...(world.notices ?? []), ...missingFolders(config)];
  return runDecision(
    { ...judgingPlan(config), unchangedJobs, repeats, ...(jobs && { jobs }) },
    {
      ...world,
      notices,
      ...(platform.event && { event: platform.event }),
      reports: reportsOf(config, platform),
      ...(candidateFrom.length > 0 && { furtherRuns: artifactFolders(candidateFrom) }),
    },
  );
}

/** A download that found nothing leaves no folder behind, which is no error; a slip of the pen looks the same. */
function missingFolders({ betweenJobs: { reportFrom = [], candidateFrom } }: Config): string[] {
  return Object.entries({ 'report-from': reportFrom, 'candidate-from': candidateFrom }).flatMap(([input, paths]) =>
    paths
      .filter((path) => !existsSync(path))
      .map((path) => `${input}: there is no folder ${JSON.stringify(path)}, so nothing of it was read`),
  );
}

function reportsOf(
  { name, betweenJobs }: Config,
  { event, api }: { readonly event?: PlatformEvent; readonly api?: ArtifactApi | undefined },
): JobReader {
  const { reportFrom, candidateFrom, jobs } = betweenJobs;
  if (reportFrom !== undefined || candidateFrom.length > 0) return artifactFolders(reportFrom ?? []);
  if (event?.commit === undefined || api === undefined) {
    const expected =
      'folders with what other jobs measured, or a GitHub event and a token by which they can be fetched';
    throw configError([{ where: 'input report-from', got: 'nothing', expected, example: 'artifacts' }]);
  }
  const { commit, upstreamRun } = event;
  const isOfFork = isFromFork(event);
  return fetchedArtifacts(api, {
    ...{ names: jobs ?? [name], commit },
    ...(isOfFork !== undefined && { isOfFork }),
    ...(upstreamRun && { runId: upstreamRun.id }),
  });
}
