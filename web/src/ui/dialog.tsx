import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import { Button, IconButton } from './button.tsx'
import css from './dialog.module.css'

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
  const titleId = useId()
  useEffect(() => {
    const shown = dialog.current!
    const before = document.activeElement
    if (!shown.open) shown.showModal()
    return () => {
      shown.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same as the click beside it
    <dialog
      ref={dialog}
      className={wide ? `${css.dialog} ${css.wide}` : css.dialog}
      aria-labelledby={titleId}
      onCancel={event => {
        if (event.target !== dialog.current) return
        event.preventDefault()
        onClose()
      }}
      onClick={event => event.target === dialog.current && onClose()}
    >
      <div className={css.inside}>
        <header className={css.header}>
          <h2 id={titleId}>{title}</h2>
          <IconButton icon="close" label={texts.close} small onClick={onClose} />
        </header>
        <div className={css.content}>{children}</div>
        {actions !== undefined && <footer className={css.actions}>{actions}</footer>}
      </div>
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
