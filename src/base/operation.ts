import type { z } from './schema.ts'

/** How an operation answers: one value, a stream of values that ends with the final one, or raw bytes. */
export type ResultKind = 'value' | 'stream' | 'bytes'

export interface RunOptions {
  /** Aborted when the caller goes away or cancels; the operation rethrows `signal.reason`. */
  readonly signal: AbortSignal
}

/** How an operation looks on the command line. */
export interface CommandShape {
  /** The words after `peerage`, for example `share` or `chat send`. */
  readonly words: string
  /** Input fields that are given by position, in order; one may be an array and takes what the others leave. All others are `--flags`. */
  readonly positional?: readonly string[]
  /** Input fields that are no words of the command line, because others of this computer can see those: the command asks for them. */
  readonly asked?: readonly string[]
  /** One whole command line that works, shown by `--help`. */
  readonly example: string
}

/**
 * One thing a user can ask of a service. Defined once; it is a library method (`peer.files.share()`), a CLI command, an
 * HTTP endpoint (`POST /api/files/share`) and a button.
 */
export interface Operation<State, In, Out> {
  readonly summary: string
  readonly input: z.ZodType<In>
  /** What `access.check` is asked before it runs, on resource `api:SERVICE`. */
  readonly action: 'read' | 'write'
  readonly kind: ResultKind
  readonly command: CommandShape
  run(state: State, input: In, options: RunOptions): Promise<Out> | AsyncIterable<Out>
}

/** One that gives a single answer. */
export interface ValueOperation<State, In, Out> extends Operation<State, In, Out> {
  readonly kind: 'value'
  run(state: State, input: In, options: RunOptions): Promise<Out>
}

/** One that gives answers as they come, the final one last; or, of kind `bytes`, a head and then chunks. */
export interface StreamOperation<State, In, Out> extends Operation<State, In, Out> {
  readonly kind: 'stream' | 'bytes'
  run(state: State, input: In, options: RunOptions): AsyncIterable<Out>
}

/** An operation whose types have been forgotten, as the registry, the API and the CLI see it. */
// biome-ignore lint/suspicious/noExplicitAny: inputs are checked by the schema before they reach `run`
export type AnyOperation = Operation<any, any, any>

/** A capability that peers offer one another, bound to its running state: what `peer/` registers. */
export interface RunningService {
  readonly name: string
  readonly operations: Readonly<Record<string, AnyOperation>>
  readonly state: unknown
  stop(): Promise<void>
}
