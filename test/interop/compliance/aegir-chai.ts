/**
 * Stands in for `aegir/chai`, of which the compliance tests of libp2p need `expect` with four words more than chai's own. aegir itself brings
 * half a gigabyte of build tools.
 */
import { chai } from 'vitest'

interface Rejected extends PromiseLike<unknown> {
  readonly with: { property(name: string, value: unknown): Promise<void> }
}

const { Assertion } = chai

/** Bytes of any two kinds of array. */
Assertion.addMethod('equalBytes', function (this: Chai.AssertionStatic, expected: Uint8Array) {
  const actual: Uint8Array = Reflect.get(this, '_obj')
  new Assertion(Buffer.compare(actual, expected), 'bytes differ').to.equal(0)
})
// A property in chai, a call there.
Object.defineProperty(Assertion.prototype, 'empty', {
  value(this: Chai.AssertionStatic): void {
    new Assertion(Reflect.get(this, '_obj')).to.have.lengthOf(0)
  },
})
Assertion.addProperty('eventually', () => undefined)
Assertion.addMethod('rejected', function (this: Chai.AssertionStatic): Rejected {
  const promise: Promise<unknown> = Reflect.get(this, '_obj')
  const error = promise.then(
    () => {
      throw new chai.AssertionError('expected promise to be rejected')
    },
    (reason: unknown) => reason,
  )
  return {
    // biome-ignore lint/suspicious/noThenProperty: the tests await it.
    then: (onError, onWrong) => error.then(onError, onWrong),
    with: {
      property: async (name, value) => void new Assertion(await error).to.have.property(name, value),
    },
  }
})

export const expect: typeof chai.expect = chai.expect
