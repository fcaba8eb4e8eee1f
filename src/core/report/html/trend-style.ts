/** SHA-256 of `trendStyle`; a test compares it and prints what it has to be. */
export const trendStyleHash = 'RSV24GnMdlh+9uBaV9skoUr15ON1ITbk0FUEhKplMhk=';

/** What the trend page adds to the report's style. */
export const trendStyle = `
.history { padding: .2rem 1rem 1rem; }
.history > ul { margin: 0 0 .8rem; padding-left: 1.2rem; overflow-wrap: anywhere; }
.months { margin-top: .8rem; }
.months > summary { cursor: pointer; color: var(--quiet); font-size: .88rem; }
.months th, .months td { text-align: right; white-space: nowrap; }
.months th:first-child { text-align: left; }
.history .frame { padding-right: 1.7rem; }
.tag { transform: translate(6px, .35em); }
.card > summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .8rem; }
.card > summary::before { content: "▸"; color: var(--quiet); }
.card[open] > summary::before { content: "▾"; }
.card > summary::-webkit-details-marker { display: none; }
.card > summary code { margin-right: 0; }
.line.beside { stroke: var(--baseline); stroke-width: 1.5; }
.line.backed { stroke-dasharray: 3 3; }
.dots.leading { stroke: var(--now); stroke-width: 5px; }
.level { stroke: var(--text); }
.anchor { stroke: var(--text); stroke-width: 2; }
.step { stroke-width: 2; }
.accepted { stroke: var(--better); stroke-width: 2; stroke-dasharray: 8 4; }
.fails { stroke: var(--bad); stroke-width: 3; fill: none; }
.key.beside::before { border-top-width: 1.5px; }
.key.backed::before { border-top-style: dashed; }
.key.leading::before { width: .5em; height: .5em; border: 0; border-radius: 50%; background: var(--now); vertical-align: .1em; }
.key.level::before { border-top-color: var(--text); }
.key.anchor::before { border-top-color: var(--text); }
.key.step::before, .key.accepted::before { width: 0; height: 1em; border-top: 0; border-left: 2px dashed var(--odd); vertical-align: -.15em; margin: 0 .7em 0 .4em; }
.key.accepted::before { border-left-color: var(--better); }
.key.cross::before { color: var(--bad); }
.key.fails::before { width: .3em; height: .9em; border: 0; background: var(--bad); vertical-align: -.1em; }
@media (max-width: 46rem) {
  .months .plain { min-width: 100%; font-size: .82rem; }
  .months th, .months td { padding-left: .25rem; padding-right: .25rem; }
  .months th:first-child { padding-left: 0; }
  .dots.leading { stroke-width: 4px; }
}
@media print {
  .history { break-inside: avoid; }
  .months::details-content { content-visibility: visible; block-size: auto; }
  .key.p95::before, .key.fails::before { print-color-adjust: exact; }
}
`;
