import { type ReactNode, useMemo } from 'react'
import { encode } from 'uqr'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import css from './qr-code.module.css'

interface QrCodeProps {
  readonly text: string
  /** Side length in pixels. */
  readonly size?: number
  readonly label?: string
}

/** A QR code, dark on light in both themes so that every camera reads it. Nothing when the text is too long for one. */
export function QrCode({ text, size = 208, label }: QrCodeProps): ReactNode {
  const texts = useTexts(ui)
  const code = useMemo(() => draw(text), [text])
  if (code === undefined) return null
  return (
    <svg
      className={css.qr}
      width={size}
      height={size}
      viewBox={`0 0 ${code.side} ${code.side}`}
      role="img"
      aria-label={label ?? texts.qr}
      shapeRendering="crispEdges"
    >
      <path d={code.path} fill="#10201e" />
    </svg>
  )
}

function draw(text: string): { side: number; path: string } | undefined {
  try {
    const { data, size } = encode(text, { border: 2, ecc: 'L' })
    const runs = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    return { side: size, path: runs.join('') }
  } catch {
    return undefined
  }
}
