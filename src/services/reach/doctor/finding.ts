import type { RemedyName } from './remedies.ts'

/** One thing that was looked at: whether it is well, and what to do when it is not. */
export interface Finding {
  /** A word or two: `Router`, `From outside`. */
  readonly topic: string
  readonly level: 'good' | 'note' | 'bad'
  /** Whole sentences for a person. */
  readonly text: string
  readonly advice?: string
  /** What `doctor fix` can do about it. */
  readonly remedy?: RemedyName
}

export function good(topic: string, text: string): Finding {
  return { topic, level: 'good', text }
}

export function note(topic: string, text: string, advice?: string, remedy?: RemedyName): Finding {
  return {
    topic,
    level: 'note',
    text,
    ...(advice !== undefined && { advice }),
    ...(remedy !== undefined && { remedy }),
  }
}

export function bad(topic: string, text: string, advice: string, remedy?: RemedyName): Finding {
  return { topic, level: 'bad', text, advice, ...(remedy !== undefined && { remedy }) }
}

/** `1 peer`, `2 peers`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
