import type { ReactNode } from 'react'
import css from './safe-text.module.css'
import { visibleParts, visibleText } from './visible-text.ts'

interface SafeTextProps {
  /** Text from anybody: names, messages, paths. */
  readonly text: string
  /** On one line, cut with an ellipsis; the whole stands in its title. */
  readonly cut?: boolean
}

/** Text that came from somebody else: of its own direction, with hidden characters made visible. */
export function SafeText({ text, cut = false }: SafeTextProps): ReactNode {
  const parts = visibleParts(text).map((part, place) =>
    part.isHidden ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name
      <span key={place} className={css.hidden}>
        {part.text}
      </span>
    ) : (
      part.text
    ),
  )
  return (
    <bdi className={cut ? css.cut : css.text} title={cut ? visibleText(text) : undefined}>
      {parts}
    </bdi>
  )
}

interface PathTextProps {
  readonly path: string
  /** On as many lines as it needs, where somebody decides by it. */
  readonly whole?: boolean
}

/** A path: the last part counts most, so the beginning is what is cut. */
export function PathText({ path, whole = false }: PathTextProps): ReactNode {
  const shown = visibleText(path)
  const at = Math.max(shown.lastIndexOf('/'), shown.lastIndexOf('\\')) + 1
  return (
    <span className={whole ? css.wholePath : css.path} title={shown} dir="ltr">
      {at > 0 && <bdi className={css.folder}>{shown.slice(0, at)}</bdi>}
      <bdi className={css.leaf}>{shown.slice(at)}</bdi>
    </span>
  )
}
