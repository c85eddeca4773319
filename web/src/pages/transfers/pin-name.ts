import { visibleText } from '../../ui/visible-text.ts'

/** A pin as a person knows it. */
export function pinName({ cid, name }: { readonly cid: string; readonly name?: string }): string {
  return name === undefined ? `${cid.slice(0, 8)}…${cid.slice(-6)}` : `“${visibleText(name)}”`
}
