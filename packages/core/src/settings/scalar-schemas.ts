import type { z } from 'zod'

import { parseSize, SIZE_PATTERN } from './size.js'
import { onFirstUse, zod } from '../zod.js'

export const count = (least: number) => zod().int().min(least)
export const name = onFirstUse(z => z.string().min(1))

/** Bytes, as a number or with a unit. */
export const size = () => zod().union([count(1), zod().string().regex(SIZE_PATTERN).describe('size such as 8GB').transform(toBytes)])

function toBytes(text: string, context: z.RefinementCtx<string>): number {
  const bytes = parseSize(text)
  if (bytes !== undefined) return bytes
  context.addIssue({ code: 'custom', message: 'not a size of at least one byte' })
  return zod().NEVER
}
