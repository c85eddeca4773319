import { Tooltip as Radix } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { useLayer } from './layer.ts'
import css from './tooltip.module.css'

interface TooltipProps {
  readonly text: ReactNode
  /** The one element that it explains; it must be focusable. */
  readonly children: ReactElement
}

/** A word of explanation on hover and focus. What is needed to understand must not stand in it alone. */
export function Tooltip({ text, children }: TooltipProps): ReactNode {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal container={useLayer()}>
        <Radix.Content className={css.tooltip} sideOffset={6} collisionPadding={8}>
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export const TooltipProvider = Radix.Provider
