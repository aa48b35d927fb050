/** The look of the page: light and dark by what the reader's system prefers, and for print. Contrasts are at least 4.5 for text and 3 for lines. */
export const THEME = `
:root { color-scheme: light dark; --ground: #fff; --raised: #f5f6f8; --ink: #1b1f24; --soft: #4d5560; --line: #c9ced6; --link: #0b57a4;
  --good: #0b6b3a; --warn: #8a5300; --bad: #b3261e; --band: #d8dde4;
  --chain-0: #0868ac; --chain-1: #b34a00; --chain-2: #00735c; --chain-3: #8b3f96; --chain-4: #6b6400; --chain-5: #b0305c; --chain-6: #4a55b8; --chain-7: #5c5c5c; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --raised: #1e2329; --ink: #e8eaed; --soft: #b0b8c2; --line: #454d57; --link: #8ab8f0;
  --good: #6fd09a; --warn: #f0b45a; --bad: #ff8a80; --band: #343c46;
  --chain-0: #6fb3ea; --chain-1: #ff9a52; --chain-2: #4fc7a8; --chain-3: #d59be0; --chain-4: #cfc455; --chain-5: #f58fb0; --chain-6: #a3acf5; --chain-7: #b5b5b5; } }
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); scroll-padding-top: 1rem; }
body { margin: 0 auto; padding: 0 1rem 4rem; max-width: 78rem; }
h1 { font-size: 1.6rem; margin: 1.5rem 0 0.25rem; overflow-wrap: anywhere; } h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
p, ul { margin: 0.5rem 0; max-width: 72ch; } a { color: var(--link); } code, pre { font: 0.85em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--raised); padding: 0.75rem; overflow-x: auto; white-space: pre-wrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:not(:focus) { position: absolute; left: -100vw; }
.note, figcaption, caption { color: var(--soft); } .note { font-size: 0.85rem; }
.verdict { border-left: 0.4rem solid var(--line); background: var(--raised); padding: 0.75rem 1rem; margin: 1rem 0; }
.verdict > :first-child { margin-top: 0; font-size: 1.15rem; font-weight: 600; }
.verdict.good { border-color: var(--good); } .verdict.warn { border-color: var(--warn); } .verdict.bad { border-color: var(--bad); }
.judged { list-style: none; padding: 0; } .judged > li { border-top: 1px solid var(--line); padding: 0.6rem 0; overflow-wrap: anywhere; }
.badge { display: inline-block; font-size: 0.75rem; font-weight: 700; text-transform: uppercase; margin-right: 0.5rem; }
.badge.good { color: var(--good); } .badge.warn { color: var(--warn); } .badge.bad { color: var(--bad); }
nav { margin-top: 1.5rem; } nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none; max-width: none; }
.controls { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; align-items: end; padding: 0.5rem 0; background: var(--ground); border-bottom: 1px solid var(--line); }
.controls[hidden] { display: none; } @media (min-width: 700px) { .controls { position: sticky; top: 0; z-index: 1; } html { scroll-padding-top: 6rem; } }
.controls label, .controls fieldset { font-size: 0.9rem; } .controls fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 0.9rem; } .controls legend { padding: 0; }
.controls input[type=search] { font: inherit; padding: 0.25rem 0.5rem; width: 15rem; max-width: 100%; display: block; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: 4px; }
.key { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; margin: 0 0.3em; print-color-adjust: exact; -webkit-print-color-adjust: exact; } .keyed { margin-right: 0.6em; white-space: nowrap; }
header p { max-width: none; } time { white-space: nowrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
.sets { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 37rem), 1fr)); gap: 1rem 2rem; } .sets.three { grid-template-columns: 1fr; }
.set { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 1rem; align-items: start; } .set:not(:has(figure:not([hidden]))) { display: none; }
figure { margin: 0; min-width: 0; } figure.wide { grid-column: 1 / -1; max-width: 60rem; } figure[hidden] { display: none; }
figcaption { font-weight: 600; font-size: 0.9rem; overflow-wrap: anywhere; }
figure { position: relative; } svg { display: block; max-width: 100%; height: auto; font: 11px system-ui, sans-serif; text-anchor: middle; overflow: visible; color: var(--soft); }
svg text { fill: var(--ink); } svg text[text-anchor=start] { text-anchor: start; } svg text[text-anchor=end] { text-anchor: end; }
svg .dot { stroke-width: 3; stroke-linecap: round; fill: none; stroke: var(--chain-0); opacity: 0.45; } svg .cross { stroke-width: 1.6; fill: none; stroke: var(--bad); }
svg.small polyline { fill: none; stroke: currentColor; stroke-width: 1; } svg.small .band { fill: var(--band); } svg.small { margin-bottom: 0.25rem; } svg.small .dashed { stroke-dasharray: 4 3; }
svg .mark { fill: none; stroke: var(--ink); stroke-width: 2; }
.readout { position: absolute; right: 0; top: 0; padding: 0.1rem 0.5rem; font-size: 0.8rem; color: var(--ink); background: var(--raised); border: 1px solid var(--line); border-radius: 4px; max-width: 100%; pointer-events: none; }
.readout:empty { display: none; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.scroll { overflow-x: auto; max-width: 100%; } table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 0.25rem 0; } th, td { padding: 0.2rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th[scope=row], thead th:first-child, table.words th { text-align: left; } tbody th { font-weight: 500; max-width: 24rem; white-space: normal; overflow-wrap: break-word; } table.words td { text-align: left; white-space: normal; }
thead th button { font: inherit; font-weight: 700; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline dotted; }
details > summary { cursor: pointer; font-size: 0.85rem; color: var(--soft); } details.group > summary { font-size: 1rem; color: var(--ink); padding: 0.25rem 0; }
${Array.from({ length: 8 }, (_, c) => `.chain-${c} { color: var(--chain-${c}); } .key.chain-${c} { background: var(--chain-${c}); } [data-hidden-chains~="${c}"] svg .chain-${c} { display: none; }`).join('\n')}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@page { margin: 14mm; }
@media print { :root { --ground: #fff; --raised: #fff; --ink: #000; --soft: #333; --line: #999; --band: #ddd; } html { font-size: 11px; } body { max-width: none; padding: 0; }
  .controls, nav, .skip, .readout, figure details { display: none !important; } figure, .judged > li, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .set { grid-template-columns: repeat(2, 1fr); } .figures, .three .set { grid-template-columns: repeat(3, 1fr); } .sets { grid-template-columns: 1fr; } .scroll { overflow: visible; } thead { display: table-header-group; } }
`
