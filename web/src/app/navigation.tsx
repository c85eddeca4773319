import type { ReactNode } from 'react'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import { IconButton } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Menu } from '../ui/menu.tsx'
import { Logo } from './logo.tsx'
import css from './navigation.module.css'
import { Link, navigate } from './router.tsx'
import { type PageName, type PageRoute, routes } from './routes.ts'

const actions: readonly PageName[] = ['share', 'get']
const main: readonly PageName[] = ['home', 'transfers', 'library', 'people', 'network', 'ipfs']
const end: readonly PageName[] = ['settings', 'logs', 'about']
/** What has room at the bottom of a phone; the rest is in a menu. */
const bottom: readonly PageName[] = ['home', 'transfers', 'share', 'get']

interface NavigationProps {
  readonly current: PageRoute | undefined
}

/** Beside the page on a wide screen, below it on a phone. */
export function Navigation({ current }: NavigationProps): ReactNode {
  const texts = useTexts(shell)
  return (
    <nav className={css.navigation} aria-label={texts.navigation}>
      <Link to="/" className={css.brand}>
        <Logo />
        <span>Peerage</span>
      </Link>
      <ul className={css.actions}>
        {actions.map(name => (
          <Entry key={name} {...{ name, current }} />
        ))}
      </ul>
      <ul className={css.main}>
        {main.map(name => (
          <Entry key={name} {...{ name, current }} />
        ))}
      </ul>
      <ul className={css.end}>
        {end.map(name => (
          <Entry key={name} {...{ name, current }} />
        ))}
      </ul>
      <ul className={css.bottom}>
        {bottom.map(name => (
          <Entry key={name} {...{ name, current }} />
        ))}
        <li>
          <MoreMenu />
        </li>
      </ul>
    </nav>
  )
}

function Entry({ name, current }: NavigationProps & { readonly name: PageName }): ReactNode {
  const { pages } = useTexts(shell)
  const { path, icon } = routes.find(route => route.name === name)!
  return (
    <li>
      <Link to={path} className={css.entry} aria-current={current?.name === name ? 'page' : undefined}>
        <Icon name={icon} />
        <span>{pages[name]}</span>
      </Link>
    </li>
  )
}

function MoreMenu(): ReactNode {
  const { pages, more } = useTexts(shell)
  const items = routes
    .filter(({ name }) => name !== 'first-run' && !bottom.includes(name))
    .map(({ name, icon, path }) => ({ label: pages[name], icon, onSelect: () => navigate(path) }))
  return (
    <Menu items={items} label={more}>
      <IconButton icon="menu" label={more} />
    </Menu>
  )
}
