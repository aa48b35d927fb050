import { ChoraleError } from '../contracts/index.js'
import { nearest } from '../settings/nearest.js'
import { KINDS, namesOf, type Kind } from './kinds.js'
import { findKnownName, KNOWN_NAMES } from './known-packages.js'

/** A look-up that found nothing, and what there is. */
export interface FailedLookup {
  readonly kind: Kind
  readonly name: string
  readonly askedBy: string
  readonly folder: string
  /** What is installed. */
  readonly installed: readonly { readonly name: string; readonly aliases?: readonly string[]; readonly package: string }[]
}

/** Not installed and unknown are different errors: one says what to install, the other which name may have been meant. */
export function lookupError(lookup: FailedLookup): ChoraleError {
  const known = findKnownName(lookup.kind, lookup.name)
  const present = known !== undefined && lookup.installed.some(entry => entry.package === known.package)
  return known === undefined || present ? unknown(lookup) : notInstalled(lookup, known.package)
}

const from = (folder: string): string => `${folder} (resolved from the settings file's folder)`

/** `cpu`, `workers (aliases: multiprocessing, jax)`. */
const described = ({ name, aliases = [] }: FailedLookup['installed'][number]): string =>
  aliases.length === 0 ? name : `${name} (aliases: ${aliases.join(', ')})`

function notInstalled({ kind, name, askedBy, folder, installed }: FailedLookup, provider: string): ChoraleError {
  const { words, code } = KINDS[kind]
  return new ChoraleError(`CHORALE_${code}_NOT_INSTALLED`, `The ${words} "${name}" is provided by ${provider}, which is not installed`, {
    askedBy,
    lookedIn: from(folder),
    available: installed.map(described),
    fix: `pnpm add ${provider}`,
  })
}

function unknown({ kind, name, askedBy, folder, installed }: FailedLookup): ChoraleError {
  const { words, code, setting } = KINDS[kind]
  const elsewhere = KNOWN_NAMES.filter(entry => entry.kind === kind && !installed.some(other => other.name === entry.name))
  const automatic = kind === 'backend' ? ['auto'] : []
  const [suggestion] = nearest(name, [...automatic, ...installed.flatMap(namesOf), ...elsewhere.flatMap(namesOf)])
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`
  return new ChoraleError(`CHORALE_${code}_UNKNOWN`, `There is no ${words} "${name}"${hint}`, {
    askedBy,
    lookedIn: from(folder),
    available: [...automatic, ...installed.map(described), ...elsewhere.map(entry => `${described(entry)}: install ${entry.package}`)],
    fix:
      suggestion === undefined
        ? `choose one of the names above, or add the plugin that provides "${name}" to plugins`
        : `${setting}: ${suggestion}`,
  })
}
