import { html, type Markup } from './markup.js'

/** Colours that chains have; the ninth has that of the first. */
const COLOURS = 8

export const chainClass = (chain: number): string => `chain-${chain % COLOURS}`

/** Chains by their colour, the first colour first. */
export function chainsByColour(chains: readonly number[]): readonly { readonly colour: number; readonly chains: readonly number[] }[] {
  const colours = [...new Set(chains.map(chain => chain % COLOURS))].sort((a, b) => a - b)
  return colours.map(colour => ({ colour, chains: chains.filter(chain => chain % COLOURS === colour) }))
}

/** Which colour is which chain: also on paper and with scripts off, where there are no check boxes that say so. */
export const chainKey = (chains: readonly number[]): Markup | undefined =>
  chains.length > 1
    ? html`<p class="note">
        Chains
        ${chainsByColour(chains).map(({ colour, chains: own }) => html`<span class="keyed"><span class="key chain-${colour}"></span>${own.join(', ')}</span> `)}
      </p>`
    : undefined
