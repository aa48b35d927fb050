/** Settings with which a run goes on, where they are not those that it was planned with. */
import { readdir } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'

import type { JsonObject } from '../contracts/index.js'
import { layout, readRecord, toJsonText, writeOnce, type RunDirectory } from '../run-directory/index.js'
import { settingsError } from '../settings/issue.js'
import { leaves } from '../settings/layers.js'
import { flagLayer, type SettingsOverride } from '../settings/override.js'
import { fileLayer, resolveLayers } from '../settings/parse.js'
import { settingsToJson } from '../settings/record.js'
import type { Settings } from '../settings/schema.js'
import { onFirstUse } from '../zod.js'

/** Where and within which limits tasks run: nothing of it is in their draws. */
const MAY_CHANGE = /^(?:backend\.(?!name$)|timeout\.|output\.job)/
const WHAT_MAY =
  'a run keeps the settings that its draws come from; options of its backend, timeout and output.job... may change (--set backend.queue=long)'

/**
 * Settings of a run with some of them changed.
 * @throws ChoraleError `CHORALE_SETTINGS_INVALID`, `CHORALE_SETTINGS_UNKNOWN_KEY`, for what does not exist or may not change
 */
export function changedSettings(before: Settings, changes: readonly SettingsOverride[]): Settings {
  const { settings } = resolveLayers([fileLayer(settingsToJson(before), 'run.json'), flagLayer(changes)])
  const [old, now] = [valuesOf(before), valuesOf(settings)]
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter(path => !isDeepStrictEqual(old.get(path), now.get(path)))
  const refused = changed.filter(path => !MAY_CHANGE.test(path))
  if (refused.length === 0) return settings
  const origin = changes.map(change => change.origin).join(' ')
  throw settingsError(refused.map(path => ({ kind: 'refused', path, origin, reason: WHAT_MAY })))
}

const valuesOf = (settings: Settings): ReadonlyMap<string, unknown> =>
  new Map(leaves(settingsToJson(settings)).map(([path, value]) => [path.join('.'), value]))

interface SettingsRecord {
  readonly format: 1
  readonly settings: JsonObject
}

const recordSchema = onFirstUse(z => z.object({ format: z.literal(1), settings: z.record(z.string(), z.json()) }))

/** `drivers/NNNN.settings.json`: written once, by the driver of that number. */
const settingsFile = (run: string, epoch: string): string => join(layout.driversDirectory(run), `${epoch}.settings.json`)

export async function writeChangedSettings(run: string, epoch: number, settings: Settings): Promise<void> {
  const record: SettingsRecord = { format: 1, settings: settingsToJson(settings) }
  await writeOnce(settingsFile(run, String(epoch).padStart(4, '0')), toJsonText(record))
}

/** A run with the settings that it went on with last. */
export async function withChangedSettings(opened: RunDirectory): Promise<RunDirectory> {
  const names = await readdir(layout.driversDirectory(opened.path)).catch(() => [])
  const epochs = names.flatMap(name => /^(\d{4,})\.settings\.json$/.exec(name)?.[1] ?? [])
  const newest = epochs.reduce<string | undefined>((a, b) => (a === undefined || Number(b) > Number(a) ? b : a), undefined)
  if (newest === undefined) return opened
  const changed = await readRecord(settingsFile(opened.path, newest), recordSchema)
  return changed ? { ...opened, record: { ...opened.record, settings: changed.settings } } : opened
}
