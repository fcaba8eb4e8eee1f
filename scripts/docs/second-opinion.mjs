import { differences, scenarios } from '../../test/support/stand-in-scenarios.ts';

/** What is played against the forge and against emulate, and where the two don't agree. */
export function secondOpinion() {
  const played = Object.keys(scenarios).map((name) => `- ${name}`);
  const rows = Object.entries(differences).map(([name, { forge, emulate, why }]) => {
    return `| ${[name, forge, emulate, why].map((text) => String(text).replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `${played.join('\n')}

They agree but for this; a difference that comes or goes fails the test.

| played | forge | emulate | |
|---|---|---|---|
${rows.join('\n')}`;
}
