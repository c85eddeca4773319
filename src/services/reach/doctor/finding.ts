import { findingTexts, topics } from './finding-texts.ts'
import type { FindingCode, FindingValues } from './finding-values.ts'
import type { RemedyName } from './remedies.ts'

export type FindingLevel = 'good' | 'note' | 'bad'

interface FindingOf<Code extends FindingCode> {
  /** What was found, for programs: `router.mapped`. Before the dot stands what was looked at. */
  readonly code: Code
  /** What the sentences speak of, so that they can be said in any language; what comes from others is hearsay. */
  readonly values: FindingValues[Code]
  /** A word or two: `Router`, `From outside`. */
  readonly topic: string
  readonly level: FindingLevel
  /** Whole sentences for a person, in English. */
  readonly text: string
  readonly advice?: string
  /** What `doctor fix` can do about it. */
  readonly remedy?: RemedyName
}

/** One thing that was looked at: whether it is well, and what to do when it is not. */
export type Finding = { [Code in FindingCode]: FindingOf<Code> }[FindingCode]

/** A finding with its English sentences. */
export function found<Code extends FindingCode>(
  level: FindingLevel,
  code: Code,
  values: FindingValues[Code],
  remedy?: RemedyName,
): Finding {
  const texts = findingTexts[code]
  const advice = texts.advice?.(values)
  const [topic] = code.split('.') as [keyof typeof topics]
  const finding: FindingOf<Code> = {
    code,
    values,
    topic: topics[topic],
    level,
    text: texts.text(values),
    ...(advice !== undefined && { advice }),
    ...(remedy !== undefined && { remedy }),
  }
  return finding as Finding
}
