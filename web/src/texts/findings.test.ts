import { expect, test } from 'vitest'
import { findingTexts, findingTopics } from '../../../src/services/reach/index.ts'
import { findingsDe, findingTopicsDe } from './findings.de.ts'

test('everything that the doctor can find is said in German too, with advice where English has some', () => {
  // Whoever adds a finding writes its sentences into findings.de.ts.
  expect(namesOf(findingsDe)).toEqual(namesOf(findingTexts))
  expect(Object.keys(findingTopicsDe).sort()).toEqual(Object.keys(findingTopics).sort())
  const begun = new Set(Object.keys(findingTexts).map(code => code.split('.')[0]))
  expect([...begun].sort()).toEqual(Object.keys(findingTopics).sort())
})

test('sentences without values are whole ones, and differ from English', () => {
  for (const [code, english] of Object.entries<Sentences>(findingTexts))
    for (const [name, say] of Object.entries(english)) {
      if (say.length > 0) continue
      const german = (findingsDe as Readonly<Record<string, Sentences>>)[code]![name]!({} as never)
      expect(german, code).toMatch(/^[A-Z`„].*\.$/)
      expect(german, code).not.toBe(say({} as never))
    }
})

type Sentences = Readonly<Record<string, (values: never) => string>>

function namesOf(texts: Readonly<Record<string, object>>): string[] {
  return Object.entries(texts)
    .flatMap(([code, said]) => Object.keys(said).map(name => `${code} ${name}`))
    .sort()
}
