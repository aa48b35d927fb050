import { join } from 'node:path'

import { readRecord, toJsonText, writeOnce } from '../run-directory/index.js'
import { onFirstUse } from '../zod.js'

const roundSchema = onFirstUse(z => z.object({ format: z.literal(1), address: z.string() }))

/**
 * The number of a question that all shards are asked, in the order in which questions were first asked; names of tasks hold it. Taken exclusively: questions may
 * be asked together. `address`: the digest of what the answers depend on besides the data; `folder`: absolute, of questions of one kind.
 */
export async function questionRound(folder: string, address: string): Promise<number> {
  for (let round = 0; ; round++) {
    const path = join(folder, `round-${String(round).padStart(3, '0')}.json`)
    if ((await writeOnce(path, toJsonText({ format: 1, address }))) === 'written') return round
    if ((await readRecord(path, roundSchema))?.address === address) return round
  }
}
