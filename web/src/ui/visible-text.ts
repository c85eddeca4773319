/** Longest text from the network that is put into the page. */
export const maxShownCharacters = 5_000

// Control characters, bidi controls, zero-width and tag characters: invisible, or changing how others are read.
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff](?![\udc00-\udfff])/gu

/** A part of a text, or the code of a character that would not be seen. */
export interface TextPart {
  readonly text: string
  readonly isHidden: boolean
}

/** Text from anybody in parts that are safe to show: hidden characters by their codes, cut after 5,000 characters. */
export function visibleParts(text: string): readonly TextPart[] {
  const shown = text.length > maxShownCharacters ? `${text.slice(0, maxShownCharacters)}…` : text
  const parts: TextPart[] = []
  let from = 0
  for (const match of shown.matchAll(hidden)) {
    // A zero-width joiner between emoji belongs to them.
    if (match[0] === '\u200d' && isEmojiAround(shown, match.index)) continue
    if (match.index > from) parts.push({ text: shown.slice(from, match.index), isHidden: false })
    parts.push({ text: codeOf(match[0]), isHidden: true })
    from = match.index + match[0].length
  }
  if (from < shown.length) parts.push({ text: shown.slice(from), isHidden: false })
  return parts
}

/** The same as one string, for titles and labels. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map(part => part.text)
    .join('')
}

function codeOf(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  return `‹${code}›`
}

function isEmojiAround(text: string, at: number): boolean {
  return (
    /\p{Extended_Pictographic}/u.test(text.slice(at + 1, at + 3)) &&
    /\p{Extended_Pictographic}|\p{M}/u.test(text.slice(Math.max(0, at - 2), at))
  )
}
