import { judgedQuantiles } from '../../thresholds/quantiles.ts';
/** The page's only style. After a change, run the test of the page's policy: it prints the new hash. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --bg: #fff; --raised: #f6f8fa; --text: #1c2128; --quiet: #59636e; --line: #d1d9e0; --grid: #e4e8ec;
  --baseline: #6e7781; --range: #dfe3e8; --now: #0860ca;
  --bad: #c01c28; --bad-wash: #fdf4f3; --odd: #8a5a00; --good: #1a7f37; --better: #0b6e7c;
  --badge-text: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0f1318; --raised: #181d24; --text: #e6edf3; --quiet: #9aa6b2; --line: #323b46; --grid: #242b34;
    --baseline: #98a3af; --range: #2c343e; --now: #6cb1ff;
    --bad: #ff8078; --bad-wash: #23191d; --odd: #e0b04b; --good: #5bd46e; --better: #4dc9d9;
    --badge-text: #0f1318;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 76rem;
  background: var(--bg); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
code, #report { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .92em; }
code { overflow-wrap: anywhere; }
p, ul, ol { margin: .4rem 0; }
h1, h2, h3 { line-height: 1.3; }
h2 { font-size: 1.2rem; margin: 0 0 .4rem; }
h3 { font-size: .95rem; margin: 1.1rem 0 .3rem; }
figure h3 { font-size: .85rem; margin: 0 0 .6rem; font-weight: 600; }
figure h3 small { font-weight: 400; font-size: 1em; }
small, .quiet { color: var(--quiet); }
small { font-size: .85em; }
a { color: inherit; text-decoration-color: var(--quiet); text-underline-offset: .2em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--now); outline-offset: 2px; border-radius: 2px; }
section { margin-top: 2.5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.definitions { position: absolute; }

.top { margin-top: 1.5rem; padding: 1.25rem 1.5rem; border: 1px solid var(--line); border-left: 6px solid var(--tone); border-radius: 8px; background: var(--raised); }
.top h1 { margin: 0 0 .5rem; font-size: 1.35rem; font-weight: 600; overflow-wrap: anywhere; }
.badge { display: inline-block; margin-right: .4rem; padding: .05em .6em; border-radius: 5px; background: var(--tone); color: var(--badge-text); font-size: .85em; font-weight: 700; letter-spacing: .04em; white-space: nowrap; vertical-align: .06em; }
.b-PASS, .b-RECORDED, .b-MEASURED { --tone: var(--good); }
.b-FAIL, .b-INVALID, .b-NOT-STORED { --tone: var(--bad); }
.b-INCONCLUSIVE, .b-NO-BASELINE { --tone: var(--odd); }
.counts { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin: .9rem 0 0; padding: 0; list-style: none; }
.next { margin-top: 1rem; padding-top: .8rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.next pre { margin: .5rem 0 0; padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; }
.next ul, section > ul, .warnings ul { padding-left: 1.2rem; overflow-wrap: anywhere; }
.warnings { padding: .6rem 1rem; border-left: 3px solid var(--odd); background: var(--raised); }

.findings { padding-left: 1.4rem; }
.findings li { margin-bottom: .7rem; overflow-wrap: anywhere; }
.findings p { margin: 0; }
.findings code { font-weight: 600; }
.narrative { max-width: 48rem; overflow-wrap: anywhere; }
.bad { color: var(--bad); }

.v-regressed { color: var(--bad); }
.v-slower-within-margin { color: var(--odd); }
.v-inconclusive, .v-not-compared { color: var(--quiet); }
.v-not-regressed { color: var(--good); }
.v-improved { color: var(--better); }
.full { fill: currentColor; }
.open { fill: var(--bg); stroke: currentColor; stroke-width: 2; }
.stroke, svg.change line { fill: none; stroke: currentColor; stroke-width: 2; }

.choice { display: flex; flex-wrap: wrap; gap: .25rem; margin: .8rem 0; padding: 0; border: 0; }
.choice input { position: absolute; opacity: 0; }
.choice label { padding: .15rem .8rem; border: 1px solid var(--line); border-radius: 99px; cursor: pointer; }
.choice input:checked + label { background: var(--text); border-color: var(--text); color: var(--bg); font-weight: 600; }
.choice input:focus-visible + label { outline: 2px solid var(--now); outline-offset: 2px; }
@supports selector(:has(a)) {
  .choice ~ .panel { display: none; }
  ${[...judgedQuantiles, 'errorRate'].map((metric) => `section:has(#show-${metric}:checked) .panel-${metric}`).join(', ')} { display: block; }
}

table { border-collapse: collapse; text-align: left; }
th, td { padding: .35rem .6rem; vertical-align: middle; }
thead th, thead td { color: var(--quiet); font-size: .82rem; font-weight: 500; vertical-align: bottom; }
tbody tr { border-top: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 0; }
tbody th { font-weight: 400; }
caption { padding: 0 0 .3rem; text-align: left; font-size: .82rem; }
.changes { width: 100%; table-layout: fixed; }
.changes td, .changes th { padding-top: .2rem; padding-bottom: .2rem; }
.changes thead th:nth-child(1) { width: 22%; }
.changes thead th:nth-child(2) { width: 3.8rem; text-align: right; }
.changes thead th:nth-child(3) { width: 10.5rem; }
.changes thead th:nth-child(4) { width: 9.5rem; }
.changes thead th:nth-child(6) { width: 12rem; padding-left: 1rem; }
.changes .share { color: var(--quiet); text-align: right; }
.changes .change small { display: block; }
.changes .drawn { padding: 0; }
.changes .axis { padding-left: 0; padding-right: 0; }
.changes .verdict { padding-left: 1rem; }
.changes .verdict > span { display: flex; align-items: center; }
.changes .verdict small { display: block; }
.changes a { text-decoration: none; }
.changes a:hover { text-decoration: underline; }
.changes button { padding: 0; border: 0; background: none; color: inherit; font: inherit; text-align: inherit; cursor: pointer; }
.changes button:hover { text-decoration: underline; }
.changes [aria-sort="ascending"] button::after { content: " ↑"; }
.changes [aria-sort="descending"] button::after { content: " ↓"; }

svg { display: block; overflow: visible; }
svg.m { display: inline-block; width: 16px; height: 16px; margin-right: .45em; vertical-align: -.2em; flex: none; }
svg text { fill: var(--quiet); font-size: 11px; }
svg.change, svg.axis { width: 100%; }
svg.change { overflow: hidden; height: 44px; }
svg.axis text { text-anchor: middle; }
.beyond { width: 100%; height: 100%; fill: var(--bad-wash); }
svg.change svg { overflow: visible; }
svg.m use { transform: translate(8px, 8px); }
.grid { stroke: var(--grid); }
.nothing { stroke: var(--quiet); }

.card { border: 1px solid var(--line); border-radius: 8px; margin-top: .6rem; }
.card > summary, .fold > summary { padding: .55rem .9rem; cursor: pointer; overflow-wrap: anywhere; }
.card > summary code { margin-right: .8rem; font-weight: 600; }
.fold > summary { padding-left: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem 2rem; padding: .6rem 1rem 1rem; }
figure { margin: .6rem 0 0; min-width: 0; }
.frame { position: relative; display: grid; grid-template-columns: 3.4rem minmax(0, 1fr); }
.frame .y { width: 100%; }
.frame .y text { text-anchor: end; transform: translate(calc(3.4rem - 6px), .35em); }
.frame .plot { width: 100%; border-bottom: 1px solid var(--line); }
.frame .x { grid-column: 2; width: 100%; }
.frame .x text { text-anchor: middle; transform: translateY(13px); }
.frame .x .start { text-anchor: start; }
.frame .x .end { text-anchor: end; }
.frame path { vector-effect: non-scaling-stroke; }
.range { fill: var(--range); }
.line { fill: none; stroke-width: 2; }
.line.baseline { stroke: var(--baseline); stroke-dasharray: 5 3; }
.line.candidate { stroke: var(--now); }
.dots { fill: none; stroke-width: 7px; stroke-linecap: round; }
.dots.baseline { stroke: var(--baseline); }
.dots.hole { stroke: var(--bg); stroke-width: 4px; }
.dots.candidate { stroke: var(--now); }
.dots.large { stroke-width: 10px; }
.bar.baseline { fill: var(--baseline); }
.bar.candidate { fill: var(--now); }
.odd { fill: none; stroke: var(--odd); stroke-width: 2; }
use.red { color: var(--bad); }
use.baseline { color: var(--baseline); }
use.candidate { color: var(--now); }
.level { stroke: var(--baseline); stroke-width: 2; }
.step { stroke: var(--odd); stroke-dasharray: 2 3; }
.anchor { stroke: var(--quiet); stroke-dasharray: 1 4; stroke-width: 1.5; }
.cursor { stroke: var(--text); stroke-width: 1; vector-effect: non-scaling-stroke; pointer-events: none; }
.reading { position: absolute; right: 0; top: -1.7em; padding: 0 .5em; background: var(--text); color: var(--bg); font-size: .78rem; border-radius: 3px; white-space: nowrap; pointer-events: none; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin: .4rem 0 .6rem; color: var(--quiet); font-size: .78rem; }
.key::before { content: ""; display: inline-block; width: 1.5em; margin-right: .45em; border-top: 2px solid var(--baseline); vertical-align: .28em; }
.key.baseline::before { border-top-style: dashed; }
.key.candidate::before { border-top-color: var(--now); }
.key.range::before { height: .8em; border: 0; background: var(--range); vertical-align: -.1em; }
.key.dot::before { width: .65em; height: .65em; border: 1.5px solid var(--baseline); border-radius: 50%; vertical-align: 0; }
.key.dot.full::before { background: var(--baseline); }
.key.dot.candidate::before { border-color: var(--now); background: var(--now); }
.key.odd::before { width: .85em; height: .85em; border: 2px solid var(--odd); border-radius: 50%; vertical-align: -.1em; }
.key.bar::before { width: .7em; height: .7em; border: 0; background: var(--baseline); vertical-align: 0; }
.key.bar.candidate::before { background: var(--now); }
.key.cross::before { content: "✕"; width: auto; border: 0; vertical-align: 0; }
.key.anchor::before { border-top-style: dotted; }
.readings { margin: 0 1rem 1rem; font-size: .85rem; }
.readings th, .readings td { padding: .15rem 0 .15rem 1.6rem; text-align: right; white-space: nowrap; }
.readings th:first-child { padding-left: 0; text-align: left; white-space: normal; color: var(--quiet); }
figure > .quiet { font-size: .82rem; }

.wide { overflow-x: auto; }
.plain { min-width: min(100%, 30rem); font-size: .92rem; }
.plain th[scope="row"] { color: var(--quiet); vertical-align: top; }
.plain td { overflow-wrap: anywhere; min-width: 6rem; }
.figures-in td { min-width: 0; white-space: nowrap; }
.flag { color: var(--odd); }
.trail { padding-left: 1.4rem; }
.trail > li { margin-bottom: .8rem; overflow-wrap: anywhere; }
.trail p { margin: 0; }
.trail ul { color: var(--quiet); font-size: .92em; padding-left: 1.1rem; }
#report { display: block; max-height: 30rem; overflow: auto; padding: .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); white-space: pre-wrap; overflow-wrap: anywhere; font-size: .78rem; }

@media (max-width: 46rem) {
  body { padding: 0 .8rem 3rem; }
  .top { padding: 1rem; }
  .top h1 { font-size: 1.15rem; }
  .changes, .changes caption, .changes thead, .changes tbody { display: block; }
  .changes thead tr { display: block; }
  .changes thead th:not(.axis) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .changes thead th.axis { display: block; }
  .changes tbody tr { display: grid; grid-template-columns: 1fr auto; padding: .5rem 0; }
  .changes tbody th, .changes tbody td { padding: .1rem 0; }
  .changes tbody th, .changes .drawn, .changes .verdict { grid-column: 1 / -1; }
  .changes .share { display: none; }
  .changes .change { text-align: right; }
  .changes .change small, .changes .verdict small { display: inline; }
  svg.change { height: 28px; }
  .readings { margin: 0 .8rem .8rem; width: calc(100% - 1.6rem); }
  .readings th, .readings td { padding-left: .3rem; }
}
@media print {
  :root { --bg: #fff; --raised: #fff; --text: #000; --quiet: #444; --line: #bbb; --grid: #ddd; --range: #ddd; --baseline: #666; --now: #0860ca; --bad: #a40e26; --bad-wash: #f5f5f5; --odd: #7a4f00; --good: #116329; --better: #0b6e7c; --badge-text: #fff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .card::details-content { content-visibility: visible; block-size: auto; }
  .choice, #report, section:has(> #json) { display: none; }
  figure, .changes tr, .findings li { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .badge, .beyond, .range, .key::before { print-color-adjust: exact; }
}
`;
