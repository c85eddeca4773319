/** RFC 6887 section 8.5: the clocks of both sides may differ by this much of what passed. */
const tolerance = 16
const slackSeconds = 2

/** Follows the seconds that a router counts: when they jump, it has lost its mappings (RFC 6887 section 8.5, RFC 6886 section 3.6). */
export class EpochWatch {
  #last: { readonly epoch: number; readonly atMs: number } | undefined

  /** Whether the router began anew since the last answer. */
  restarted(epoch: number, nowMs: number): boolean {
    const last = this.#last
    this.#last = { epoch, atMs: nowMs }
    if (last === undefined) return false
    // One answer may have overtaken another.
    if (epoch < last.epoch - 1) return true
    const ours = (nowMs - last.atMs) / 1000
    const theirs = epoch - last.epoch
    return (
      ours + slackSeconds < theirs - theirs / tolerance || theirs + slackSeconds < ours - ours / tolerance
    )
  }

  forget(): void {
    this.#last = undefined
  }
}
