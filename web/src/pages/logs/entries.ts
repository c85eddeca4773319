import { useCallback, useMemo, useRef, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import type { ApiError } from '../../api/errors.ts'
import { useStream } from '../../api/hooks.ts'

export type Entry = Answer<'logs.follow'>[number]
export type Level = Entry['level']

export const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']

/** Entries that the page keeps; the oldest go. */
const maxEntries = 5_000

export interface LiveEntries {
  /** In their order. */
  readonly entries: readonly Entry[]
  readonly isPaused: boolean
  /** Entries that came since it was paused. */
  readonly waiting: number
  readonly error: ApiError | undefined
  readonly isLoaded: boolean
  pause(paused: boolean): void
}

/** The log as it grows; while it is paused, nothing on the page moves and nothing is lost. */
export function useEntries(): LiveEntries {
  const [entries, setEntries] = useState<readonly Entry[]>([])
  const [waiting, setWaiting] = useState<readonly Entry[]>()
  const paused = useRef(false)
  const { error, value } = useStream('logs.follow', { level: 'debug', count: maxEntries }, news => {
    if (paused.current) setWaiting((before = []) => joined(before, news))
    else setEntries(before => joined(before, news))
  })
  const pause = useCallback((next: boolean) => {
    paused.current = next
    setWaiting(held => {
      if (!next && held !== undefined) setEntries(before => joined(before, held))
      return next ? [] : undefined
    })
  }, [])
  return {
    entries,
    isPaused: waiting !== undefined,
    waiting: waiting?.length ?? 0,
    error,
    isLoaded: value !== undefined,
    pause,
  }
}

/** After a new connection what is there comes again; a peer that was started anew counts from the beginning. */
function joined(before: readonly Entry[], news: readonly Entry[]): readonly Entry[] {
  const last = before.at(-1)
  const first = news[0]
  if (last === undefined || first === undefined) return [...before, ...news]
  const isRepeated = first.sequence <= last.sequence
  return isRepeated ? [...news] : [...before, ...news].slice(-maxEntries)
}

export interface Filter {
  readonly level: Level
  /** Empty: all. */
  readonly room: string
  readonly words: string
}

/** The latest first. */
export function useFound(entries: readonly Entry[], { level, room, words }: Filter): readonly Entry[] {
  return useMemo(() => {
    const least = levels.indexOf(level)
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
    return entries
      .filter(one => {
        if (levels.indexOf(one.level) < least || (room !== '' && one.room !== room)) return false
        const text = `${one.room} ${one.message} ${one.details}`.toLowerCase()
        return wanted.every(word => text.includes(word))
      })
      .reverse()
  }, [entries, level, room, words])
}

/** One line of each, the oldest first. */
export function textOf(found: readonly Entry[]): string {
  return found
    .toReversed()
    .map(({ at, level, room, message, details }) =>
      [new Date(at).toISOString(), level, room || '-', message, details].join(' ').trimEnd(),
    )
    .join('\n')
}
