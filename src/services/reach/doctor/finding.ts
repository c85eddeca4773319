/** One thing that was looked at: whether it is well, and what to do when it is not. */
export interface Finding {
  /** A word or two: `Router`, `From outside`. */
  readonly topic: string
  readonly level: 'good' | 'note' | 'bad'
  /** Whole sentences for a person. */
  readonly text: string
  readonly advice?: string
}

export function good(topic: string, text: string): Finding {
  return { topic, level: 'good', text }
}

export function note(topic: string, text: string, advice?: string): Finding {
  return { topic, level: 'note', text, ...(advice !== undefined && { advice }) }
}

export function bad(topic: string, text: string, advice: string): Finding {
  return { topic, level: 'bad', text, advice }
}

/** `1 peer`, `2 peers`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
