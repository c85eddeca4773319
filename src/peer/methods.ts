import type { AnyOperation, Operation } from '../base/index.ts'
import type { OperationRegistry } from './registry.ts'

interface CallOptions {
  readonly signal?: AbortSignal
}

/** What an operation answers, as its `run` types it. */
type Answer<Op> = Op extends { run(...args: never[]): infer Result } ? Result : never
type InputOf<Op> = Op extends Operation<infer _State, infer In, infer _Out> ? In : never

/** Fields with a default may be left out, as on the command line. */
type Given<In> = { [Key in keyof In]?: In[Key] }

/** A service's operations as typed methods. */
export type MethodsOf<Operations extends Readonly<Record<string, AnyOperation>>> = {
  readonly [Name in keyof Operations]: (
    input?: Given<InputOf<Operations[Name]>>,
    options?: CallOptions,
  ) => Answer<Operations[Name]>
}

/** Methods that go through the registry like every other call: checked, permitted, then run. */
export function methodsOf<Operations extends Readonly<Record<string, AnyOperation>>>(
  registry: OperationRegistry,
  service: string,
  operations: Operations,
): MethodsOf<Operations> {
  const never = new AbortController().signal
  const methods = Object.keys(operations).map(name => [
    name,
    (input: unknown = {}, { signal = never }: CallOptions = {}) =>
      registry.call(`${service}.${name}`, input, { signal }),
  ])
  return Object.fromEntries(methods) as MethodsOf<Operations>
}
