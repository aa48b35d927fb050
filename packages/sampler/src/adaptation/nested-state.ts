import type { SavedState } from '../chain/saved-state.js'

/** The vectors of several parts as those of one: `mean` of the part `draws` becomes `draws.mean`. */
export function joinStates(parts: Readonly<Record<string, SavedState>>): SavedState {
  const joined: Record<string, Float64Array> = {}
  for (const [part, state] of Object.entries(parts)) {
    for (const [name, vector] of Object.entries(state)) joined[`${part}.${name}`] = vector
  }
  return joined
}

/** The vectors of one part. */
export function stateOf(part: string, joined: SavedState): SavedState {
  const own: Record<string, Float64Array> = {}
  const prefix = `${part}.`
  for (const [name, vector] of Object.entries(joined)) {
    if (name.startsWith(prefix)) own[name.slice(prefix.length)] = vector
  }
  return own
}
