import type { ReactNode } from 'react'
import css from './avatar.module.css'

interface AvatarProps {
  readonly name: string
  /** What the colour is made from: a PeerId, so that a copied name does not copy the colour. */
  readonly id: string
  /** Side length in pixels. */
  readonly size?: number
}

/** The first letter of a name on a colour of the person's own. Decoration: the name stands beside it. */
export function Avatar({ name, id, size = 36 }: AvatarProps): ReactNode {
  return (
    <span
      aria-hidden="true"
      className={css.avatar}
      style={{
        width: size,
        height: size,
        fontSize: size * 0.42,
        background: `light-dark(oklch(0.45 0.09 ${hueOf(id)}), oklch(0.5 0.09 ${hueOf(id)}))`,
      }}
    >
      {/[\p{L}\p{N}]/u.exec(name)?.[0].toUpperCase() ?? '?'}
    </span>
  )
}

function hueOf(id: string): number {
  let hash = 7
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)!) % 3_600
  return hash / 10
}
