/** One record of comma-separated values, RFC 4180 quoting; undefined when a quoted field doesn't end. */
export function csvFields(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/uy;
  while (field.lastIndex <= text.length) {
    const start = field.lastIndex;
    const match = field.exec(text);
    if (match === null) return undefined;
    fields.push(match[1] === undefined ? (match[2] as string) : match[1].replaceAll('""', '"'));
    if (!match[0].endsWith(',')) return start + match[0].length === text.length ? fields : undefined;
  }
  return fields;
}

/** Whether `text` ends inside a quoted field, so that the record goes on in the next line. */
export function endsInsideQuotes(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}
