import { call, stream } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { useToast } from '../../ui/toast.tsx'
import type { Row } from './live-rows.ts'
import { pinName } from './pin-name.ts'
import { type Step, stepsOf } from './queue-steps.ts'
import { setRemoving } from './removing.ts'

export interface Actions {
  pause(ids: readonly string[]): void
  resume(ids: readonly string[]): void
  check(ids: readonly string[]): void
  /** Moves them in the queue, to its ends, by one place, or to where another one is. */
  queue(all: readonly Row[], ids: readonly string[], to: Step): void
  /** Done when nobody took it back for as long as its toast is shown. */
  remove(ids: readonly string[], deleteFiles: boolean): void
}

/** What is done to one or many transfers. Rows change when the daemon says so; what failed is told. */
export function useActions(): Actions {
  const t = useTexts(transfers)
  const toast = useToast()
  const each = async (
    ids: readonly string[],
    action: (content: string) => Promise<unknown>,
  ): Promise<void> => {
    for (const id of ids) await action(id).catch(toast.fail)
  }
  const check = async (content: string): Promise<void> => {
    let bad = 0
    for await (const { badPieces } of stream('files.verify', { content })) bad = badPieces ?? 0
    toast.show({ text: bad === 0 ? t.goodFiles : t.badPieces(bad), look: bad === 0 ? 'good' : 'bad' })
  }
  const queue = async (all: readonly Row[], ids: readonly string[], to: Step): Promise<void> => {
    for (const { id, position } of stepsOf(all, new Set(ids), to))
      await call('files.set', { content: id, position }).catch(toast.fail)
  }
  const remove = (ids: readonly string[], deleteFiles: boolean): void => {
    const gone = async (): Promise<void> => {
      await each(ids, async content => {
        const { pins = [] } = await call('files.remove', { content, deleteFiles })
        if (pins.length > 0) toast.show({ text: t.broke(pins.map(pinName).join(', ')), look: 'bad' })
      })
      setRemoving(ids, false)
    }
    setRemoving(ids, true)
    toast.show({
      text: deleteFiles ? t.deleting(ids.length) : t.removed(ids.length),
      onUndo: () => setRemoving(ids, false),
      onGone: () => void gone(),
    })
  }
  return {
    pause: ids => void each(ids, content => call('files.pause', { content })),
    resume: ids => void each(ids, content => call('files.resume', { content })),
    check: ids => void each(ids, check),
    queue: (all, ids, to) => void queue(all, ids, to),
    remove,
  }
}
