import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import { buttonClass } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Loading } from '../ui/loading.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { DropAnywhere } from './drop-zone.tsx'
import { Navigation } from './navigation.tsx'
import { PageBoundary } from './page-boundary.tsx'
import { Link, useRoute } from './router.tsx'
import { type PageRoute, routes } from './routes.ts'
import css from './shell.module.css'
import { Shortcuts } from './shortcuts.tsx'

/** Each page as a component that loads its chunk when it is first shown. */
const pages = new Map(
  routes.map(route => [route, lazy(() => route.load().then(module => ({ default: module.Page })))]),
)

/** Navigation, banner and the page of the present address. */
export function Shell(): ReactNode {
  const texts = useTexts(shell)
  const { parts } = useRoute()
  const route = routeOf(parts[0])
  const main = useFocusOnArrival(route)
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        {texts.skip}
      </a>
      <Navigation current={route} />
      <DropAnywhere />
      <Shortcuts />
      <div className={css.column}>
        <ConnectionBanner />
        <main id="main" ref={main} tabIndex={-1} className={css.main}>
          {route === undefined ? <NotFound /> : <PageOf route={route} />}
        </main>
      </div>
    </div>
  )
}

function routeOf(first = ''): PageRoute | undefined {
  return routes.find(({ path }) => path === `/${first}`)
}

function PageOf({ route }: { readonly route: PageRoute }): ReactNode {
  const Page = pages.get(route)!
  return (
    <PageBoundary key={route.name}>
      <Suspense fallback={<Loading />}>
        <Page />
      </Suspense>
    </PageBoundary>
  )
}

function NotFound(): ReactNode {
  const texts = useTexts(shell).notFound
  return (
    <EmptyState icon="search" title={texts.title} text={texts.text}>
      <Link to="/" className={buttonClass('primary')}>
        {texts.home}
      </Link>
    </EmptyState>
  )
}

/** After a step to another page, focus and the reading position are at its beginning, as after a load. */
function useFocusOnArrival(route: PageRoute | undefined) {
  const main = useRef<HTMLElement>(null)
  const before = useRef(route)
  useEffect(() => {
    if (before.current === route) return
    before.current = route
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [route])
  return main
}
