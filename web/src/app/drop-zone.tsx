import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Picked } from '../api/upload.ts'
import { sharing } from '../texts/sharing.ts'
import { useTexts } from '../texts/texts.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import css from './drop-zone.module.css'
import { handOver, pickedFrom, pickedFromDrop } from './dropped.ts'

interface DropZoneProps {
  readonly title: string
  readonly hint: string
  /** Of the button that opens the file chooser of the browser. */
  readonly choose: string
  /** Which files: `.torrent,.car`; any when left out. */
  readonly accept?: string
  readonly onPick: (picked: Picked) => void
  /** More buttons. */
  readonly children?: ReactNode
}

/** Where files are dropped or chosen. Dropped elsewhere in the application they are taken too, see `DropAnywhere`. */
export function DropZone({ title, hint, choose, accept, onPick, children }: DropZoneProps): ReactNode {
  const { nameOfMany } = useTexts(sharing)
  const input = useRef<HTMLInputElement>(null)
  const take = (files: FileList | null): void => {
    const picked = files === null ? undefined : pickedFrom(files, nameOfMany)
    if (picked !== undefined) onPick(picked)
    if (input.current) input.current.value = ''
  }
  return (
    <div className={css.zone}>
      <span className={css.icon}>
        <Icon name="upload" size={32} />
      </span>
      <p className={css.title}>{title}</p>
      <p className={css.hint}>{hint}</p>
      <div className={css.buttons}>
        <Button look="primary" onClick={() => input.current?.click()}>
          {choose}
        </Button>
        {children}
      </div>
      <input
        ref={input}
        type="file"
        hidden
        multiple={accept === undefined}
        accept={accept}
        aria-label={choose}
        onChange={event => take(event.target.files)}
      />
    </div>
  )
}

/** Files that are dropped anywhere go to the page that knows what to do with them. */
export function DropAnywhere(): ReactNode {
  const { nameOfMany, drop } = useTexts(sharing)
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    let depth = 0
    const hasFiles = (event: globalThis.DragEvent): boolean =>
      event.dataTransfer?.types.includes('Files') === true
    const enter = (event: globalThis.DragEvent): void => {
      if (!hasFiles(event)) return
      depth++
      setOver(true)
    }
    const leave = (event: globalThis.DragEvent): void => {
      if (!hasFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const over = (event: globalThis.DragEvent): void => {
      if (hasFiles(event)) event.preventDefault()
    }
    const dropped = (event: globalThis.DragEvent): void => {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth = 0
      setOver(false)
      void pickedFromDrop(event.dataTransfer!, nameOfMany).then(picked => {
        if (picked !== undefined) handOver(picked)
      })
    }
    const pairs = [
      ['dragenter', enter],
      ['dragleave', leave],
      ['dragover', over],
      ['drop', dropped],
    ] as const
    for (const [type, listener] of pairs) addEventListener(type, listener)
    return () => {
      for (const [type, listener] of pairs) removeEventListener(type, listener)
    }
  }, [nameOfMany])
  if (!isOver) return null
  return (
    <div className={css.cover} role="status">
      <Icon name="upload" size={40} />
      <p>{drop.anywhere}</p>
    </div>
  )
}
