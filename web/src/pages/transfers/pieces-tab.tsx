import { type ReactNode, useEffect, useRef } from 'react'
import { useValue } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import css from './transfers.module.css'

const cellSize = 10

/** The map of pieces: what is here, and how many others have what is not. */
export function PiecesTab({ content }: { readonly content: string }): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const { data } = useValue('files.pieces', { content }, { everyMs: 2_000 })
  if (data === undefined) return <Loading />
  if (data.cells === 0) return <EmptyState icon="archive" title={t.tabs.pieces} text={t.noPieces} />
  const here = bytesOf(data.here)
  const copies = bytesOf(data.copies)
  const wanted = bytesOf(data.wanted)
  const missing = here.filter((part, cell) => part < 255 && wanted[cell]! > 0 && copies[cell] === 0).length
  const told = t.piecesText(
    format.number(data.have),
    format.number(data.pieces),
    format.bytes(data.pieceLength),
  )
  return (
    <figure className={css.figure}>
      <PieceMap here={here} copies={copies} label={told} />
      <figcaption>
        {told} {missing > 0 && t.missing(missing)}
        <ul className={css.legend}>
          <li className={css.swatchHere}>{t.legend.here}</li>
          <li className={css.swatchMany}>{t.legend.many}</li>
          <li className={css.swatchFew}>{t.legend.few}</li>
          <li>{t.legend.none}</li>
        </ul>
      </figcaption>
    </figure>
  )
}

interface MapProps {
  readonly here: Uint8Array
  readonly copies: Uint8Array
  readonly label: string
}

function PieceMap({ here, copies, label }: MapProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const target = canvas.current!
    const draw = (): void => drawCells(target, here, copies)
    const size = new ResizeObserver(draw)
    size.observe(target.parentElement!)
    // Its colours are those of the theme, which the page or the system may change.
    const theme = new MutationObserver(draw)
    theme.observe(document.documentElement, { attributes: true })
    const system = matchMedia('(prefers-color-scheme: dark)')
    system.addEventListener('change', draw)
    return () => {
      size.disconnect()
      theme.disconnect()
      system.removeEventListener('change', draw)
    }
  }, [here, copies])
  return <canvas ref={canvas} role="img" aria-label={label} className={css.map} />
}

function drawCells(canvas: HTMLCanvasElement, here: Uint8Array, copies: Uint8Array): void {
  const width = canvas.parentElement!.clientWidth
  const perRow = Math.max(1, Math.floor(width / cellSize))
  const ratio = devicePixelRatio
  canvas.width = width * ratio
  canvas.height = Math.ceil(here.length / perRow) * cellSize * ratio
  canvas.style.height = `${canvas.height / ratio}px`
  const context = canvas.getContext('2d')
  if (context === null) return
  const style = getComputedStyle(canvas)
  context.scale(ratio, ratio)
  for (let cell = 0; cell < here.length; cell++) {
    const x = (cell % perRow) * cellSize
    const y = Math.floor(cell / perRow) * cellSize
    context.globalAlpha = 1
    context.fillStyle = style.borderTopColor
    context.fillRect(x, y, cellSize - 1, cellSize - 1)
    context.fillStyle = style.color
    context.globalAlpha =
      here[cell]! > 0 ? 0.4 + (0.6 * here[cell]!) / 255 : Math.min(0.35, 0.08 * copies[cell]!)
    context.fillRect(x, y, cellSize - 1, cellSize - 1)
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), char => char.charCodeAt(0))
}
