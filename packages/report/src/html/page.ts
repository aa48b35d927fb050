import { createHash } from 'node:crypto'

import { chainsByColour } from './chain-key.js'
import { html, jsonForScript, Markup } from './markup.js'
import type { Figures } from './figure.js'
import { SCRIPT } from './script.js'
import { THEME } from './theme.js'

export interface PageOptions {
  readonly title: string
  readonly subtitle: Markup
  /** What stands before everything else, also before the contents. */
  readonly first: readonly (Markup | undefined)[]
  readonly sections: readonly (Markup | undefined)[]
  readonly figures: Figures
  /** Numbers of the chains that figures show. */
  readonly chains: readonly number[]
}

const digest = createHash('sha256').update(SCRIPT).digest('base64')
const PAGE_SCRIPT = new Markup(`<script>${SCRIPT}</script>`)
/** Nothing is loaded from anywhere, and no script runs but the page's own, whatever the page holds. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`

/** The whole document: one file that needs no other. */
export function pageMarkup({ title, subtitle, first, sections, figures, chains }: PageOptions): string {
  const present = sections.filter(section => section !== undefined)
  const contents = present.flatMap(({ text }) => {
    const [, id, name] = /<h2 id="([a-z]+)">([^<]*)<\/h2>/.exec(text) ?? []
    return id === undefined ? [] : [html`<li><a href="#${id}">${new Markup(name!)}</a></li>`]
  })
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${new Markup(THEME)}
        </style>
      </head>
      <body>
        <a class="skip" href="#verdict">To the verdict</a>
        <header>
          <h1>${title}</h1>
          <p class="note">${subtitle}</p>
        </header>
        <main>
          ${first}
          <nav aria-label="Contents">
            <ul>
              ${contents}
            </ul>
          </nav>
          <div class="controls" role="search" aria-label="Filters" data-scripted hidden>
            <label>Parameters whose name contains <input type="search" id="filter" autocomplete="off" /></label>
            <output id="filtered" for="filter"></output>
            ${
              chains.length > 1 &&
              html`<fieldset>
                <legend>Chains</legend>
                ${chainsByColour(chains).map(
                  ({ colour, chains: own }) =>
                    html`<label
                      ><input type="checkbox" checked value="${colour}" /><span class="key chain-${colour}"></span>${own.join(', ')}</label
                    >`,
                )}
              </fieldset>`
            }
          </div>
          ${present}
        </main>
        <script type="application/json" id="places">
          ${jsonForScript(figures.places)}
        </script>
        ${PAGE_SCRIPT}
      </body>
    </html>`
  return text.replaceAll(/^ +(?=<)/gm, '')
}
