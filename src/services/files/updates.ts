/**
 * Turns work that reports through a callback into a stream of the latest reports, which ends with the result of the work.
 * A slow reader gets fewer reports, never old ones.
 */
export async function* updatesOf<Update, Result>(
  work: (tell: (update: Update) => void) => Promise<Result>,
): AsyncGenerator<Update, Result> {
  let latest: Update | undefined
  let wake: () => void = () => undefined
  let settled = false
  const running = work(update => {
    latest = update
    wake()
  }).finally(() => {
    settled = true
    wake()
  })
  running.catch(() => undefined)
  while (!settled) {
    if (latest === undefined) await new Promise<void>(resolve => (wake = resolve))
    const update = latest
    latest = undefined
    if (update !== undefined && !settled) yield update
  }
  return await running
}
