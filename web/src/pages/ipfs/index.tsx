import type { ReactNode } from 'react'
import { PageHeading } from '../../app/page-heading.tsx'
import { RestartNotice } from '../../app/restart.tsx'
import { navigate, useRoute } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { Cache } from './cache.tsx'
import { Gateway } from './gateway.tsx'
import css from './ipfs.module.css'
import { Kept } from './kept.tsx'
import { LookUp } from './look-up.tsx'
import { Names } from './names.tsx'
import { Resolve } from './resolve.tsx'
import { State } from './state.tsx'

const names = ['look', 'kept', 'names', 'gateway'] as const
type Name = (typeof names)[number]

/** What is in the public IPFS network, what of it is kept here, and what this peer says there. */
export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const texts = useTexts(ipfs)
  const part = useRoute().parts[1]
  const content: Record<Name, ReactNode> = {
    look: <LookUp />,
    kept: (
      <div className={css.stack}>
        <Kept />
        <Cache />
      </div>
    ),
    names: (
      <div className={css.stack}>
        <Names />
        <Resolve />
      </div>
    ),
    gateway: <Gateway />,
  }
  return (
    <>
      <PageHeading title={pages.ipfs} lead={texts.lead} />
      <RestartNotice />
      <div className={css.page}>
        <State />
        <Tabs
          label={texts.tabs}
          shown={names.find(name => name === part) ?? 'look'}
          onShow={name => navigate(name === 'look' ? '/ipfs' : `/ipfs/${name}`)}
          tabs={names.map(name => ({ name, title: texts.tab[name], content: content[name] }))}
        />
      </div>
    </>
  )
}
