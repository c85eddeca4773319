import { type ReactNode, useEffect, useState } from 'react'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Palette } from './palette.tsx'
import { navigate } from './router.tsx'
import css from './shortcuts.module.css'

/** After `g`, a letter goes to a page. */
const places: Readonly<Record<string, string>> = {
  h: '/',
  t: '/transfers',
  l: '/library',
  p: '/people',
  n: '/network',
  i: '/ipfs',
  s: '/settings',
}

type Shown = 'palette' | 'help' | undefined

/** The keys that work everywhere, and what they open. Single letters are no shortcuts while something is typed. */
export function Shortcuts(): ReactNode {
  const [shown, setShown] = useState<Shown>()
  useEffect(() => {
    let wasG = false
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setShown(now => (now === 'palette' ? undefined : 'palette'))
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const to = wasG ? places[event.key] : { s: '/share', d: '/get' }[event.key]
      wasG = event.key === 'g'
      if (event.key === '?') setShown('help')
      else if (to !== undefined) navigate(to)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  const close = (): void => setShown(undefined)
  return (
    <>
      {shown === 'palette' && <Palette onClose={close} />}
      {shown === 'help' && <Help onClose={close} />}
    </>
  )
}

/** In a field, or in a dialog that is open. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog, [role=menu]') !== null
}

function Help({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { pages, keys } = useTexts(shell)
  const rows: readonly (readonly [string, string])[] = [
    ['Ctrl K', keys.palette],
    ['?', keys.help],
    ['s', pages.share],
    ['d', pages.get],
    ['g h', pages.home],
    ['g t', pages.transfers],
    ['g l', pages.library],
    ['g p', pages.people],
    ['g n', pages.network],
    ['g i', pages.ipfs],
    ['g s', pages.settings],
    ['↑ ↓ Space Enter Del', keys.table],
    ['Esc', keys.escape],
  ]
  return (
    <Dialog open onClose={onClose} title={keys.title}>
      <dl className={css.keys}>
        {rows.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map(one => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
