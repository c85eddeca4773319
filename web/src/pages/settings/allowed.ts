import type { settingsEn } from '../../texts/settings.en.ts'
import type { TextsOf } from '../../texts/texts.ts'

type Schema = Readonly<Record<string, unknown>>
type Texts = TextsOf<typeof settingsEn>['what']

/** What a setting may be, in the language of the page, from its JSON Schema. */
export function allowedText(schema: Schema, texts: Texts, number: (value: number) => string): string {
  if (Array.isArray(schema.enum)) return texts.oneOf(schema.enum.map(String).join(', '))
  if (schema.type === 'boolean') return texts.yesOrNo
  if (schema.type === 'array') return texts.list
  if (schema.type !== 'integer' && schema.type !== 'number') return texts.text
  const { minimum: least, maximum: most } = schema
  const [from, to] = [isBound(least) ? number(least) : undefined, isBound(most) ? number(most) : undefined]
  if (from !== undefined && to !== undefined) return texts.between(from, to)
  if (from !== undefined) return texts.atLeast(from)
  return to === undefined ? texts.number : texts.atMost(to)
}

/** The schema of any whole number names the bounds of what a number can hold, which help nobody. */
function isBound(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER
}
