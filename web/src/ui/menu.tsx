import { DropdownMenu as Radix, ContextMenu as RadixContext } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'
import { useLayer } from './layer.ts'
import css from './menu.module.css'

export interface MenuItem {
  readonly label: ReactNode
  readonly icon?: IconName
  readonly danger?: boolean
  readonly disabled?: boolean
  /** A mark before it, for one that is on or off. */
  readonly checked?: boolean
  readonly onSelect: () => void
}

/** An item, or a line between groups. */
export type MenuEntry = MenuItem | 'line'

interface MenuProps {
  readonly items: readonly MenuEntry[]
  /** The button that opens it. */
  readonly children: ReactElement
  readonly label?: string
}

/** A menu that a button opens. */
export function Menu({ items, children, label }: MenuProps): ReactNode {
  const layer = useLayer()
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal container={layer}>
        <Radix.Content
          className={css.menu}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
        >
          {items.map((item, place) =>
            item === 'line' ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other name
              <Radix.Separator key={place} className={css.line} />
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other name
              <Radix.Item key={place} {...attributesOf(item)}>
                <Inside {...item} />
              </Radix.Item>
            ),
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** The same on the right mouse button, a long touch or the menu key. Everything in it must be reachable otherwise too. */
export function ContextMenu({ items, children, label }: MenuProps): ReactNode {
  const layer = useLayer()
  return (
    <RadixContext.Root modal={false}>
      <RadixContext.Trigger asChild>{children}</RadixContext.Trigger>
      <RadixContext.Portal container={layer}>
        <RadixContext.Content className={css.menu} collisionPadding={8} aria-label={label}>
          {items.map((item, place) =>
            item === 'line' ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other name
              <RadixContext.Separator key={place} className={css.line} />
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other name
              <RadixContext.Item key={place} {...attributesOf(item)}>
                <Inside {...item} />
              </RadixContext.Item>
            ),
          )}
        </RadixContext.Content>
      </RadixContext.Portal>
    </RadixContext.Root>
  )
}

function attributesOf({ danger, disabled = false, onSelect }: MenuItem) {
  return { className: danger ? `${css.item} ${css.danger}` : css.item, disabled, onSelect }
}

function Inside({ icon, checked, label }: MenuItem): ReactNode {
  return (
    <>
      {checked !== undefined ? (
        <span className={css.mark}>{checked && <Icon name="check" size={16} />}</span>
      ) : (
        icon && <Icon name={icon} size={18} />
      )}
      <span>{label}</span>
    </>
  )
}
