import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { renderJson } from '../../../src/core/report/json-report.ts';
import { renderMarkdown } from '../../../src/core/report/markdown-report.ts';
import { buildReport } from '../../../src/core/report/report-model.ts';
import { renderText } from '../../../src/core/report/text-report.ts';
import { reportCases } from '../../support/report-cases.ts';

const schema = JSON.parse(
  await readFile(new URL('../../../schemas/tailgate.report.1.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

describe.each(Object.entries(reportCases))('the report %s', (name, facts) => {
  const golden = (ending: string) => `../../golden/report/${name}.${ending}`;

  it('reads in a terminal as it did', async () => {
    await expect(renderText(buildReport(facts))).toMatchFileSnapshot(golden('txt'));
  });

  it('reads as Markdown as it did', async () => {
    await expect(renderMarkdown(buildReport(facts))).toMatchFileSnapshot(golden('md'));
  });

  it('is JSON by the schema, the same bytes each time', async () => {
    const json = renderJson(buildReport(facts));
    expect(renderJson(buildReport(facts))).toBe(json);
    validate(JSON.parse(json));
    expect(validate.errors).toBeNull();
    await expect(json).toMatchFileSnapshot(golden('json'));
  });
});
