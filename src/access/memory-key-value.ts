import type { KeyValue } from './records.ts'

/** Keeps values in memory, as JSON, as the store's state database would. For tests. */
export class MemoryKeyValue implements KeyValue {
  readonly #kinds = new Map<string, Map<string, string>>()

  get(kind: string, key: string): unknown {
    const text = this.#kinds.get(kind)?.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }

  put(kind: string, key: string, value: unknown): void {
    const values = this.#kinds.get(kind) ?? new Map<string, string>()
    this.#kinds.set(kind, values.set(key, JSON.stringify(value)))
  }

  delete(kind: string, key: string): void {
    this.#kinds.get(kind)?.delete(key)
  }

  *entries(kind: string): Iterable<[string, unknown]> {
    for (const [key, text] of this.#kinds.get(kind) ?? []) yield [key, JSON.parse(text)]
  }
}
