import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import css from './tabs.module.css'

export interface Tab<Name extends string = string> {
  readonly name: Name
  readonly title: ReactNode
  readonly content: ReactNode
}

interface TabsProps<Name extends string> {
  readonly tabs: readonly Tab<Name>[]
  readonly label: string
  /** The one that is shown; without it, the tabs keep it themselves. */
  readonly shown?: Name
  readonly onShow?: (name: Name) => void
}

export function Tabs<Name extends string>({ tabs, label, shown, onShow }: TabsProps<Name>): ReactNode {
  const state =
    shown === undefined
      ? { defaultValue: tabs[0]?.name ?? '' }
      : { value: shown, onValueChange: (name: string) => onShow?.(name as Name) }
  return (
    <Radix.Root {...state}>
      <Radix.List className={css.list} aria-label={label}>
        {tabs.map(({ name, title }) => (
          <Radix.Trigger key={name} value={name} className={css.tab}>
            {title}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ name, content }) => (
        <Radix.Content key={name} value={name} className={css.content}>
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
