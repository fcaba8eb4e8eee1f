const prefix = 'INPUT_';

/**
 * The Action's inputs as the runner passes them, mistyped ones too, so that a typo is an error and not a silent default.
 * An empty one counts as not given, since the runner can't tell the two apart.
 */
export function readActionInputs(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length).toLowerCase(), value?.trim() || undefined]),
  );
}
