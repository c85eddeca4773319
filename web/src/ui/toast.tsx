import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react'
import { asApiError, isAbort } from '../api/errors.ts'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import { Button, IconButton } from './button.tsx'
import { Icon } from './icon.tsx'
import { SafeText } from './safe-text.tsx'
import css from './toast.module.css'

export interface ToastOptions {
  readonly text: ReactNode
  readonly look?: 'plain' | 'good' | 'bad'
  /** Shows a button that takes it back. */
  readonly onUndo?: () => void
  /** Called when it is gone without having been taken back: do then what cannot be undone. */
  readonly onGone?: () => void
}

interface Shown extends ToastOptions {
  readonly id: number
}

interface Toasts {
  show(options: ToastOptions): void
  /** Tells of a failure that belongs to no place on the page. */
  fail(error: unknown): void
}

const ToastContext = createContext<Toasts>({ show: () => undefined, fail: () => undefined })

/** Short news at the edge: `toast.show({ text, onUndo })`, `toast.fail(error)`. */
export function useToast(): Toasts {
  return useContext(ToastContext)
}

const shownMs = 8_000
let nextId = 0

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const texts = useTexts(ui)
  const [toasts, setToasts] = useState<readonly Shown[]>([])
  const gone = useCallback((id: number) => setToasts(all => all.filter(one => one.id !== id)), [])
  const show = useCallback(
    (options: ToastOptions) => setToasts(all => [...all.slice(-3), { ...options, id: nextId++ }]),
    [],
  )
  const fail = useCallback(
    (error: unknown) => {
      if (isAbort(error)) return
      const { code, message } = asApiError(error)
      const text = code === 'daemon.unreachable' ? texts.unreachable : <SafeText text={message} />
      show({ text, look: 'bad' })
    },
    [show, texts],
  )
  return (
    <ToastContext value={{ show, fail }}>
      {children}
      <section className={css.region} aria-label={texts.notifications} aria-live="polite">
        {toasts.map(one => (
          <Toast key={one.id} {...one} onEnd={() => gone(one.id)} />
        ))}
      </section>
    </ToastContext>
  )
}

function Toast({
  text,
  look = 'plain',
  onUndo,
  onGone,
  onEnd,
}: Shown & { readonly onEnd: () => void }): ReactNode {
  const texts = useTexts(ui)
  const isUndone = useRef(false)
  const isOver = useRef(false)
  const [isHeld, setHeld] = useState(false)
  const end = useRef(onEnd)
  end.current = onEnd
  const told = useRef(onGone)
  told.current = onGone
  useEffect(() => {
    if (isHeld) return
    const timer = setTimeout(() => end.current(), shownMs)
    return () => clearTimeout(timer)
  }, [isHeld])
  useEffect(() => {
    isOver.current = false
    return () => {
      isOver.current = true
      // Strict mode takes every component away once and puts it back at once.
      queueMicrotask(() => {
        if (isOver.current && !isUndone.current) told.current?.()
      })
    }
  }, [])
  const undo = (): void => {
    isUndone.current = true
    onUndo?.()
    onEnd()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only waits while somebody reads it
    <div
      className={css.toast}
      data-look={look}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {look !== 'plain' && <Icon name={look === 'good' ? 'check' : 'error'} />}
      <div className={css.text}>{text}</div>
      {onUndo !== undefined && (
        <Button small look="quiet" icon="undo" onClick={undo}>
          {texts.undo}
        </Button>
      )}
      <IconButton small icon="close" label={texts.close} onClick={onEnd} />
    </div>
  )
}
