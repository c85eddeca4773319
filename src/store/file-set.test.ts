import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FileSet } from './file-set.ts'

it('property: has what a set has, in order', () => {
  const step = fc.record({ file: fc.nat(29), adds: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), steps => {
      const model = new Set<number>()
      const files = new FileSet(30)
      for (const { file, adds } of steps) {
        if (adds) model.add(file)
        else model.delete(file)
        if (adds) files.add(file)
        else files.delete(file)
        expect(files.size).toBe(model.size)
      }
      expect([...files]).toEqual([...model].sort((a, b) => a - b))
    }),
  )
})
