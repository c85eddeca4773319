import { type ReactNode, useEffect, useRef } from 'react'
import { maxThumbnailBytes, useThumbnail } from '../../api/thumbnails.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import css from './library.module.css'
import type { LibraryFile } from './rows.ts'

export const icons: Readonly<Record<LibraryFile['kind'], IconName>> = {
  video: 'video',
  audio: 'audio',
  image: 'image',
  document: 'document',
  other: 'file',
}

/** The picture itself, small, or a sign of its kind. */
export function Thumbnail({ row }: { readonly row: LibraryFile }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const isWhole = row.bytes === row.size
  const enabled = row.kind === 'image' && isWhole && row.size > 0 && row.size <= maxThumbnailBytes
  const bitmap = useThumbnail(row.infoHash, row.file, enabled)
  useEffect(() => {
    const target = canvas.current
    if (target === null || !bitmap) return
    target.width = bitmap.width
    target.height = bitmap.height
    target.getContext('2d')?.drawImage(bitmap, 0, 0)
  }, [bitmap])
  return (
    <span className={css.thumbnail} data-kind={row.kind} aria-hidden="true">
      {bitmap ? <canvas ref={canvas} /> : <Icon name={icons[row.kind]} size={40} />}
      {(row.kind === 'video' || row.kind === 'audio') && (
        <span className={css.play}>
          <Icon name="play" size={16} />
        </span>
      )}
    </span>
  )
}
