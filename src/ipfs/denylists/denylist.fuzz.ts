import { CID } from 'multiformats/cid'
import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../../base/index.ts'
import { Denylist } from './denylist.ts'

const root = CID.parse('QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR')

export const fuzz: FuzzTarget = {
  name: 'denylist',
  seeds: [
    'version: 1\nhints:\n  gateway_status: 451\n---\n/ipfs/QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR/a*\n',
    '!//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM x=y\n/ipns/domain.example/path',
  ].map(utf8),
  run(input: Uint8Array): void {
    try {
      // What is done at one go: others have their turn then.
      const step = Denylist.bySteps(Buffer.from(input).toString('utf8'), { maxRules: 1_000 }).next()
      if (step.done) step.value.verdict({ root, path: ['a', 'b'] })
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
