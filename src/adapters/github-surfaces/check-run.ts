import * as v from 'valibot';
import { annotateFindings, type ScriptText } from '../../core/comment/check-annotations.ts';
import { renderComment } from '../../core/comment/comment-body.ts';
import { toPlainText } from '../../core/report/escape.ts';
import type { ReportJson } from '../../core/report/report-json.ts';
import type { Publisher } from '../../ports.ts';
import { ask, type GitHubApi } from './github-api.ts';

export interface CheckRunOptions {
  readonly api: GitHubApi;
  readonly name: string;
  /** The commit that was measured. */
  readonly head: string;
  readonly run?: { readonly id: string; readonly attempt: number; readonly url?: string };
  readonly scripts: readonly ScriptText[];
}

/** A check of its own beside the job's, with a note at the script line of each finding. */
export function checkRun({ api, name, head, run, scripts }: CheckRunOptions): Publisher {
  return {
    label: 'check run',
    async publish({ report }) {
      const body = {
        name: checkRunName(name),
        head_sha: head,
        status: 'completed',
        conclusion: conclusionOf(report.json),
        ...(run && { external_id: `${run.id}.${run.attempt}` }),
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

/** Unlike any job's name, so that a rule that requires it means this one. */
function checkRunName(name: string): string {
  return `Tailgate: ${name}`;
}

/** As the verdict table says: green only for a pass or a stored run, grey for what the policy lets through. */
function conclusionOf({ exitCode, verdict, mode }: ReportJson): 'success' | 'failure' | 'neutral' {
  if (exitCode !== 0) return 'failure';
  return verdict === 'pass' || mode === 'record' ? 'success' : 'neutral';
}
