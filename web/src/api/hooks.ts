import {
  QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
} from '@tanstack/react-query'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { type Answer, call, type Input, type StreamName, stream, type ValueName } from './client.ts'
import { type ApiError, asApiError, isAbort } from './errors.ts'
import { listen, onReconnected, type PeerEvent } from './events.ts'
import { staleBy } from './stale.ts'

/** What the page knows of the daemon. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say what is stale; a refusal stays a refusal, and a daemon that is gone is waited for by its socket.
      staleTime: Number.POSITIVE_INFINITY,
      retry: (count, error) => asApiError(error).code === 'internal.bug' && count < 1,
      refetchOnWindowFocus: false,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

interface ValueOptions<Value> {
  /** Asks again after so many milliseconds, or as many as befit the last answer, as long as the page is seen. */
  readonly everyMs?: number | ((value: Value | undefined) => number)
  /** Does not ask yet when false. */
  readonly enabled?: boolean
}

/**
 * The answer of an operation, shared by all who ask the same; asked again when an event makes it stale. `undefined` as input does not ask.
 * While the daemon is gone the last answer stays, without an error: the banner tells, and a page that showed it instead would lose what was typed.
 */
export function useValue<Name extends ValueName>(
  name: Name,
  input: Input<Name> = {} as Input<Name>,
  { everyMs, enabled = true }: ValueOptions<Answer<Name>> = {},
): UseQueryResult<Answer<Name>, ApiError> {
  const result = useQuery<Answer<Name>, ApiError>({
    queryKey: [...name.split('.'), input],
    queryFn: ({ signal }) => call(name, input, { signal }),
    enabled,
    ...(everyMs !== undefined && {
      refetchInterval: ({ state }) => (typeof everyMs === 'number' ? everyMs : everyMs(state.data)),
    }),
  })
  const isKept = result.data !== undefined && result.error?.code === 'daemon.unreachable'
  return isKept ? ({ ...result, error: null } as UseQueryResult<Answer<Name>, ApiError>) : result
}

/** Runs an operation on demand: `const pause = useAction('files.pause')`, `pause.mutate({ content })`. Its service is asked again afterwards. */
export function useAction<Name extends ValueName>(
  name: Name,
): UseMutationResult<Answer<Name>, ApiError, Input<Name>> {
  return useMutation({
    mutationFn: (input: Input<Name>) => call(name, input),
    onSettled: () => refresh(name.split('.')[0]!),
  })
}

/** Asks again for whatever of a service (`files`) or operation (`files.list`) is on the page. */
export function refresh(what: string): Promise<void> {
  return queries.invalidateQueries({ queryKey: what.split('.') })
}

/** Calls `listener` for each event of these types while the component is there. */
export function useEvent<Type extends PeerEvent['type']>(
  types: Type | readonly Type[],
  listener: (event: Extract<PeerEvent, { type: Type }>) => void,
): void {
  const told = useEffectEvent((event: PeerEvent) => {
    if ([types].flat().includes(event.type as Type)) listener(event as Extract<PeerEvent, { type: Type }>)
  })
  useEffect(() => listen(event => told(event)), [])
}

export interface Streamed<Value> {
  /** The latest value. */
  readonly value: Value | undefined
  readonly error: ApiError | undefined
  readonly state: 'running' | 'done' | 'failed'
}

interface StreamOptions {
  /** It makes something: once something came of it, it does not begin anew by itself. */
  readonly once?: boolean
}

/** Follows a stream while the component is there and begins anew when the input changes or the daemon is back; `undefined` as input does not begin. */
export function useStream<Name extends StreamName>(
  name: Name,
  input: Input<Name> | undefined,
  onValue?: (value: Answer<Name>) => void,
  { once = false }: StreamOptions = {},
): Streamed<Answer<Name>> {
  const [now, setNow] = useState<Streamed<Answer<Name>>>(nothingYet)
  const [round, setRound] = useState(0)
  const tell = useEffectEvent((value: Answer<Name>) => onValue?.(value))
  const key = JSON.stringify(input)
  const didCome = useRef(false)
  useEffect(() => onReconnected(() => !(once && didCome.current) && setRound(count => count + 1)), [once])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the input, and a new round begins anew
  useEffect(() => {
    if (key === undefined) return
    const left = new AbortController()
    setNow(nothingYet)
    didCome.current = false
    void (async () => {
      try {
        for await (const value of stream(name, JSON.parse(key), { signal: left.signal })) {
          didCome.current = true
          tell(value)
          setNow({ value, error: undefined, state: 'running' })
        }
        setNow(({ value }) => ({ value, error: undefined, state: 'done' }))
      } catch (error) {
        if (!isAbort(error)) setNow(({ value }) => ({ value, error: asApiError(error), state: 'failed' }))
      }
    })()
    return () => left.abort(new DOMException('left', 'AbortError'))
  }, [name, key, round])
  return now
}

const nothingYet = { value: undefined, error: undefined, state: 'running' } as const

/** Makes stale what events say, and everything after a loss. Called once by the application. */
export function followEvents(): () => void {
  const ends = [
    listen(event => {
      if (event.type === 'events.dropped') void queries.invalidateQueries()
      for (const what of staleBy[event.type] ?? []) void refresh(what)
    }),
    onReconnected(() => void queries.invalidateQueries()),
  ]
  return () => {
    for (const end of ends) end()
  }
}
