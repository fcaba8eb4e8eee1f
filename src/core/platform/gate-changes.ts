/** The files that the gate itself is made of, as paths within the repository. */
export interface GateFiles {
  readonly configuration: string;
  readonly scripts: readonly string[];
  /** `GITHUB_WORKFLOW_REF` holds it: `owner/name/.github/workflows/file.yml@ref`. */
  readonly workflow?: string;
}

/** Lines for the reader where the change touches the gate that judges it; empty where it doesn't. */
export function describeGateChanges(changedFiles: readonly string[], files: GateFiles): string[] {
  const changed = new Set(changedFiles.map(normalize));
  const lines: string[] = [];
  if (changed.has(normalize(files.configuration))) {
    lines.push(
      `This change edits ${files.configuration}. The gate was configured by the file as it was before the change; the edit counts once it is merged.`,
    );
  }
  const scripts = files.scripts.filter((path) => changed.has(normalize(path)));
  if (scripts.length > 0) {
    lines.push(
      `This change edits the load script ${scripts.join(', ')}: only endpoints whose own requests stayed the same are compared.`,
    );
  }
  if (files.workflow !== undefined && changed.has(normalize(files.workflow))) {
    lines.push(`This change edits the workflow ${files.workflow} that runs this gate: see what it changes there.`);
  }
  return lines;
}

/** The path of the workflow file within its repository, from `GITHUB_WORKFLOW_REF`. */
export function workflowPathOf(workflowRef: string | undefined): string | undefined {
  return /^[^/]+\/[^/]+\/(.+)@[^@]*$/.exec(workflowRef ?? '')?.[1];
}

function normalize(path: string): string {
  return path.replace(/^(?:\.\/)+/, '').replaceAll(/\/{2,}/g, '/');
}
