import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import { Button, IconButton } from './button.tsx'
import css from './dialog.module.css'
import { LayerContext } from './layer.ts'

interface DialogProps {
  readonly open: boolean
  /** Called when the user wants it closed: Escape, the cross, a click beside it. */
  readonly onClose: () => void
  readonly title: ReactNode
  readonly children: ReactNode
  /** Buttons at its end, the most important one last. */
  readonly actions?: ReactNode
  readonly wide?: boolean
}

/** A modal dialog of the browser: the rest of the page is inert, focus goes in and comes back. */
export function Dialog({ open, ...rest }: DialogProps): ReactNode {
  return open ? <OpenDialog {...rest} /> : null
}

function OpenDialog({ onClose, title, children, actions, wide }: Omit<DialogProps, 'open'>): ReactNode {
  const texts = useTexts(ui)
  const dialog = useRef<HTMLDialogElement>(null)
  const [layer, setLayer] = useState<HTMLElement | null>(null)
  const titleId = useId()
  useEffect(() => {
    const shown = dialog.current!
    setLayer(shown)
    const before = document.activeElement
    if (!shown.open) shown.showModal()
    return () => {
      shown.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      className={wide ? `${css.dialog} ${css.wide}` : css.dialog}
      aria-labelledby={titleId}
      onCancel={event => {
        if (event.target !== dialog.current) return
        event.preventDefault()
        onClose()
      }}
      onKeyDown={event => {
        // A tooltip in it takes the key for itself and would need a second one.
        if (event.key !== 'Escape' || !dialog.current?.contains(event.target as Node)) return
        event.preventDefault()
        onClose()
      }}
      onClick={event => event.target === dialog.current && onClose()}
    >
      <LayerContext value={layer}>
        <div className={css.inside}>
          <header className={css.header}>
            <h2 id={titleId}>{title}</h2>
            <IconButton icon="close" label={texts.close} small onClick={onClose} />
          </header>
          <div className={css.content}>{children}</div>
          {actions !== undefined && <footer className={css.actions}>{actions}</footer>}
        </div>
      </LayerContext>
    </dialog>
  )
}

interface ConfirmProps {
  readonly open: boolean
  readonly title: ReactNode
  readonly children: ReactNode
  /** What happens on the button: `Remove`, `Leave`. */
  readonly action: string
  readonly danger?: boolean
  readonly busy?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that cannot be undone. What can be undone is done at once, with a toast. */
export function ConfirmDialog({
  action,
  danger,
  busy,
  onConfirm,
  children,
  ...rest
}: ConfirmProps): ReactNode {
  const texts = useTexts(ui)
  const buttons = (
    <>
      <Button onClick={rest.onClose}>{texts.cancel}</Button>
      <Button look={danger ? 'danger' : 'primary'} busy={busy ?? false} onClick={onConfirm}>
        {action}
      </Button>
    </>
  )
  return (
    <Dialog {...rest} actions={buttons}>
      {children}
    </Dialog>
  )
}
