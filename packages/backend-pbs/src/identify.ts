import { ChoraleError, type Ask, type ServerFacts } from '@chorale/core/contracts'

import { openPbs } from './openpbs.js'
import { torque } from './torque.js'
import type { PbsDialect } from './dialect.js'
import type { PbsDialectName, PbsOptions } from './options.js'
import { readText } from './read/text-records.js'
import { wordsOf } from './words.js'

export const DIALECTS: Readonly<Record<PbsDialectName, PbsDialect>> = { openpbs: openPbs, torque }

/**
 * Which PBS this is, and what its server can do.
 * @throws ChoraleError `CHORALE_PBS_DIALECT_UNKNOWN` when `qstat --version` says neither and no dialect is set; Error when the server does not answer
 */
export async function identify(ask: Ask, asked: PbsOptions['dialect']): Promise<ServerFacts> {
  const answer = await ask(['qstat', '--version'])
  const said = `${answer.stdout}\n${answer.stderr}`
  const openPbsVersion = /pbs_version\s*=\s*(\S+)/i.exec(said)?.[1]
  const torqueVersion = /^\s*Version:\s*(\S+)/im.exec(said)?.[1]
  const found: PbsDialectName | undefined = openPbsVersion ? 'openpbs' : torqueVersion ? 'torque' : undefined
  const dialect = asked === 'pbspro' ? 'openpbs' : (asked ?? found)
  if (dialect === undefined) {
    throw new ChoraleError(
      'CHORALE_PBS_DIALECT_UNKNOWN',
      `The qstat of this machine is neither that of OpenPBS nor that of TORQUE; it says: ${wordsOf(answer)}`,
      {
        askedBy: 'backend.name: pbs',
        available: ['openpbs', 'torque'],
        fix: 'set backend.dialect; or backend.name: slurm, if these are the wrappers that come with Slurm',
      },
    )
  }
  const server = await ask(['qstat', '-B', '-f'])
  if (server.code !== 0) throw new Error(`qstat -B -f ended with code ${server.code}: ${wordsOf(server)}`)
  const [record] = readText(`${server.stdout}\n`).records
  const attributes = record?.attributes ?? new Map<string, string>()
  const version = openPbsVersion ?? torqueVersion ?? attributes.get('pbs_version') ?? 'unknown'
  return {
    ...DIALECTS[dialect].facts(version, attributes),
    dialect,
    version,
    details: {
      ...(record ? { server: record.id } : {}),
      ...(attributes.get('default_queue') ? { defaultQueue: attributes.get('default_queue')! } : {}),
    },
  }
}
