import type { CacheReport } from '../../store/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { formatBytes } from '../text.ts'

/** `peerage cache`, `cache clear` */
export async function run(context: CommandContext): CommandResult {
  const { command, print, note, paint } = context
  await answerOnce(context, coerceInput(command, context.input), async answer => {
    const { blocks, bytes, heldBytes, limitBytes, freedBytes } = answer as CacheReport & {
      freedBytes?: number
    }
    if (freedBytes !== undefined)
      return note(`${formatBytes(freedBytes)} deleted; pins keep ${formatBytes(bytes)}.`)
    const pairs: [string, string][] = [
      ['Cached', `${formatBytes(bytes)} in ${blocks} blocks`],
      ['Pinned of that', formatBytes(heldBytes)],
      ['Limit', `${formatBytes(limitBytes)} (store.cacheBytes)`],
    ]
    if (heldBytes > limitBytes)
      note(
        'Pins alone need more than the limit: nothing else stays in the cache. Unpin something, or raise the limit.',
      )
    await print(alignPairs(pairs, paint.dim).join('\n'))
  })
}
