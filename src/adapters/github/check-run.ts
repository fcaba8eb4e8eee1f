import * as v from 'valibot';
import { annotateFindings, type ScriptText } from '../../core/comment/check-annotations.ts';
import { renderComment } from '../../core/comment/comment-body.ts';
import { toPlainText } from '../../core/report/escape.ts';
import type { Log, RenderedReport, ReportSink } from '../../ports.ts';
import { ask, type GitHubClient } from './github-client.ts';

export interface CheckRunOptions {
  readonly api: GitHubClient;
  readonly name: string;
  /** The commit that was measured. */
  readonly head: string;
  readonly run?: { readonly id: string; readonly attempt: number; readonly url?: string };
  readonly scripts: readonly ScriptText[];
  /** When measuring what is told began, ISO 8601 in UTC. */
  readonly startedAt: (rendered: RenderedReport) => string;
  readonly log: Log;
}

/** A check of its own beside the job's, with a note at the script line of each finding. */
export function checkRun(options: CheckRunOptions): ReportSink {
  const { api, name, head, run, scripts, log } = options;
  return {
    label: 'check run',
    async write(rendered) {
      const { report } = rendered;
      const startedAt = options.startedAt(rendered);
      if (await isOutdated(options, startedAt)) {
        log.info('check run: not written, a run with newer figures has written one already');
        return;
      }
      const body = {
        name: checkRunName(name),
        head_sha: head,
        status: 'completed',
        conclusion: report.facts.decided.outcome.conclusion,
        ...(run && { external_id: `${run.id}.${run.attempt} ${startedAt}` }),
        ...(run?.url !== undefined && { details_url: run.url }),
        output: {
          title: toPlainText(`${report.badge}: ${report.headline}`, 200),
          summary: renderComment({ marker: '', report, ...(run?.url !== undefined && { runUrl: run.url }) }),
          annotations: annotateFindings(report, scripts),
        },
      };
      await ask(api, 'POST /repos/{owner}/{repo}/check-runs', body, v.object({ id: v.number() }));
    },
  };
}

const listSchema = v.object({ check_runs: v.array(v.object({ external_id: v.nullish(v.string()) })) });

/**
 * The newest check of a name is the one that counts, so one with older figures must not come after it. Where that can't be
 * asked it is written, or refused with the permission that writing needs.
 */
async function isOutdated({ api, name, head }: CheckRunOptions, startedAt: string): Promise<boolean> {
  const question = { ref: head, check_name: checkRunName(name), per_page: 100 };
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
  const { check_runs: written } = await ask(api, route, question, listSchema).catch(() => ({ check_runs: [] }));
  return written.some(({ external_id: id }) => (/^\d+\.\d+ (\S+)$/.exec(id ?? '')?.[1] ?? '') > startedAt);
}

/** Unlike any job's name, so that a rule that requires it means this one. */
function checkRunName(name: string): string {
  return `Tailgate: ${name}`;
}
