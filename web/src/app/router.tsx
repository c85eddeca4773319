import { type ComponentProps, type MouseEvent, type ReactNode, useMemo, useSyncExternalStore } from 'react'

export interface Route {
  /** `/transfers/abc` */
  readonly path: string
  /** Decoded parts of the path: `['transfers', 'abc']`. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
}

const listeners = new Set<() => void>()
addEventListener('popstate', () => tell())

/** Where the page is: `const { parts, query } = useRoute()`. */
export function useRoute(): Route {
  const address = useSyncExternalStore(follow, () => location.pathname + location.search)
  return useMemo(() => parse(address), [address])
}

function follow(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function parse(address: string): Route {
  const { pathname, searchParams } = new URL(address, location.origin)
  const parts = pathname.split('/').filter(Boolean).map(decode)
  return { path: pathname, parts, query: searchParams }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Goes to `to`, a path of this application. `replace` leaves no step for the back button, as for filters. */
export function navigate(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  tell()
}

function tell(): void {
  for (const listener of [...listeners]) listener()
}

/** A link inside the application. */
export function Link({ to, onClick, ...rest }: ComponentProps<'a'> & { readonly to: string }): ReactNode {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event)
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return <a href={to} onClick={follow} {...rest} />
}
