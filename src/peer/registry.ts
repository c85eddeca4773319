import {
  type AnyOperation,
  type CommandShape,
  PeerageError,
  type ResultKind,
  type RunningService,
  z,
} from '../base/index.ts'

/** A JSON Schema object (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** One operation as data: what the API reference, the command line and buttons are made from. */
export interface OperationDescription {
  /** `SERVICE.OPERATION`, for example `files.share`. */
  readonly name: string
  readonly summary: string
  readonly kind: ResultKind
  readonly action: 'read' | 'write'
  readonly command: CommandShape
  readonly input: JsonSchema
}

/** Who asks: the owner of this peer or another peer by its PeerId. */
export type Subject = 'owner' | { readonly peer: string }

export interface CallOptions {
  readonly signal: AbortSignal
  /** The owner unless said otherwise. */
  readonly subject?: Subject
}

/** Anything that runs operations by name: the registry in this process, or a daemon's client. */
export interface Caller {
  /**
   * An operation of kind `value` gives a promise; `stream` and `bytes` give an async iterable, which ends with the
   * final value. Throws or rejects with `PeerageError`; `usage.invalid` names the field.
   */
  call(operation: string, input: unknown, options: CallOptions): Promise<unknown> | AsyncIterable<unknown>
  describe(): readonly OperationDescription[] | Promise<readonly OperationDescription[]>
}

/**
 * What a `bytes` operation may yield first, before its chunks, so that HTTP can tell lengths and ranges: `totalBytes` is
 * the size of the whole, `offset` and `length` the part that follows.
 */
export interface BytesHead {
  readonly totalBytes: number
  readonly offset: number
  readonly length: number
  readonly name?: string
}

/** The port to access: may `subject` do `action` on `resource` (`api:SERVICE`)? */
export type AccessCheck = (query: {
  readonly subject: Subject
  readonly action: 'read' | 'write'
  readonly resource: string
}) => { readonly allowed: boolean; readonly reason: string }

/** Every operation of every running service, validated and permitted before it runs. There is no second way in. */
export class OperationRegistry implements Caller {
  readonly #check: AccessCheck
  readonly #entries = new Map<
    string,
    { readonly operation: AnyOperation; readonly service: RunningService }
  >()

  constructor(check: AccessCheck) {
    this.#check = check
  }

  /** Throws `TypeError` when an operation or its command is there already. */
  register(service: RunningService): void {
    for (const [name, operation] of Object.entries(service.operations)) {
      const full = `${service.name}.${name}`
      if (this.#entries.has(full)) throw new TypeError(`operation ${full} is registered twice`)
      this.#entries.set(full, { operation, service })
    }
  }

  kindOf(name: string): ResultKind | undefined {
    return this.#entries.get(name)?.operation.kind
  }

  call(name: string, input: unknown, options: CallOptions): Promise<unknown> | AsyncIterable<unknown> {
    const entry = this.#entries.get(name)
    if (entry === undefined)
      throw new PeerageError('usage.invalid', `There is no operation ${JSON.stringify(name.slice(0, 100))}.`)
    const start = (): Promise<unknown> | AsyncIterable<unknown> => {
      options.signal.throwIfAborted()
      this.#permit(entry.service.name, entry.operation, options.subject ?? 'owner')
      const value = parseInput(entry.operation.input, input)
      return entry.operation.run(entry.service.state, value, { signal: options.signal })
    }
    return entry.operation.kind === 'value' ? asPromise(start) : asIterable(start)
  }

  describe(): readonly OperationDescription[] {
    return describeOperations([...this.#entries].map(([name, { operation }]) => [name, operation]))
  }

  #permit(service: string, operation: AnyOperation, subject: Subject): void {
    const decision = this.#check({ subject, action: operation.action, resource: `api:${service}` })
    if (!decision.allowed) throw new PeerageError('access.denied', `You may not do this: ${decision.reason}`)
  }
}

async function asPromise(start: () => Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  return await (start() as Promise<unknown>)
}

async function* asIterable(start: () => Promise<unknown> | AsyncIterable<unknown>): AsyncGenerator<unknown> {
  yield* start() as AsyncIterable<unknown>
}

/** Descriptions of operations by their full names, in the given order. */
export function describeOperations(
  operations: Iterable<readonly [string, AnyOperation]>,
): OperationDescription[] {
  return [...operations].map(([name, operation]) => ({
    name,
    summary: operation.summary,
    kind: operation.kind,
    action: operation.action,
    command: operation.command,
    // Only who asks for it waits for it: all of them take 0.1 s.
    get input() {
      return inputSchema(operation.input)
    },
  }))
}

const inputSchemas = new WeakMap<z.ZodType, JsonSchema>()

function inputSchema(schema: z.ZodType): JsonSchema {
  const known = inputSchemas.get(schema)
  if (known !== undefined) return known
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  inputSchemas.set(schema, rest)
  return rest
}

/** The checked input. Throws `usage.invalid` that names the first field which is wrong. */
function parseInput(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input ?? {})
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.map(String).join('.') ?? ''
  throw new PeerageError('usage.invalid', explain(field, issue?.message ?? 'not allowed'), {
    details: {
      field,
      problems: parsed.error.issues.slice(0, 10).map(one => `${one.path.join('.')}: ${one.message}`),
    },
  })
}

function explain(field: string, message: string): string {
  return field === ''
    ? `The input is not valid: ${message}.`
    : `The value of "${field}" is not valid: ${message}.`
}
