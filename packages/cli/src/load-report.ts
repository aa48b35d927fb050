import { ChoraleError } from '@chorale/core/contracts'
import { resolvePlugin } from '@chorale/core/plugins'
import type { RunHistory } from '@chorale/core/records'
import type { MissingPart, RunResults } from '@chorale/core/results'

/** What `chorale export` and `chorale report` use of @chorale/report, which is large and may be absent. */
export interface ReportPackage {
  reportRun(run: RunResults, history: RunHistory, request: { readonly out?: string }): Promise<Reported>
  exportRun(run: RunResults, request: ExportFlags & { readonly existing: 'refuse' | 'replace' }): Promise<Exported>
}

export interface ExportFlags {
  readonly format: string
  readonly out?: string
  readonly shard?: number
}

interface Reported {
  readonly path: string
  readonly bytes: number
  readonly missing: readonly MissingPart[]
}

interface Exported {
  readonly format: string
  readonly path: string
  readonly chains: number
  readonly draws: number
  /** Files that are beside `path`. */
  readonly predictions?: readonly string[]
  readonly missing: readonly MissingPart[]
}

const NAME = '@chorale/report'

/**
 * Imports @chorale/report as the first of these folders sees it: the current one, that of the entry package, ours. A run's folder is not among them: it may be anybody's.
 * @throws ChoraleError `CHORALE_REPORT_NOT_INSTALLED`, `CHORALE_PLUGIN_BROKEN`
 */
export async function loadReport({ home }: { readonly home?: string }): Promise<ReportPackage> {
  const folders = [process.cwd(), ...(home === undefined ? [] : [home]), import.meta.dirname]
  for (const folder of folders) {
    const found = resolvePlugin(NAME, folder)
    if (found === 'absent') continue
    if (typeof found === 'string') throw broken(folder, 'the file that its package.json names is not')
    try {
      return (await import(found.url)) as ReportPackage
    } catch (cause) {
      throw broken(folder, `loading it failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
    }
  }
  throw new ChoraleError('CHORALE_REPORT_NOT_INSTALLED', `Reports and exports are made by ${NAME}, which is not installed`, {
    lookedIn: folders[0]!,
    available: ['chorale show: tables and densities in the terminal'],
    fix: `npm install ${NAME}`,
  })
}

const broken = (folder: string, why: string, cause?: unknown): ChoraleError =>
  new ChoraleError('CHORALE_PLUGIN_BROKEN', `Package "${NAME}" is there, but ${why}`, { lookedIn: folder, fix: `reinstall ${NAME}`, cause })
