import { createContext, useContext } from 'react'

/** The modal dialog that is open around a component: everything outside of it is inert and behind it. */
export const LayerContext = createContext<HTMLElement | null>(null)

/** Where a menu or tooltip is drawn: in the dialog around it, or at the end of the page. */
export function useLayer(): HTMLElement | null {
  return useContext(LayerContext)
}
