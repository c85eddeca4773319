import type { Names, NameTarget, Published, Resolved } from '../../content/index.ts'
import { NameMemory } from './kept-names.ts'
import { NameResolver } from './name-resolver.ts'
import { OwnNames } from './own-names.ts'
import type { IpfsNamesParts, OwnName } from './ports.ts'

/**
 * Names in the IPFS network (IPNS) and, under the same keys, in the Mainline DHT. What others keep is believed when the owner's key
 * signed it, it has not expired, and no newer one was seen.
 */
export class IpfsNames implements Names {
  readonly #resolver: NameResolver
  readonly #own: OwnNames

  constructor(parts: IpfsNamesParts) {
    const memory = new NameMemory(parts.state, parts.config.maxKnown)
    this.#resolver = new NameResolver(parts, memory)
    this.#own = new OwnNames(parts, memory, name => this.#resolver.forget(name))
  }

  /** Puts what is ours again when it is due, from now on. */
  start(): void {
    this.#own.start()
  }

  stop(): Promise<void> {
    return this.#own.stop()
  }

  /** Whether there is anything to be put again. */
  get hasOwn(): boolean {
    return this.#own.hasAny
  }

  own(): OwnName[] {
    return this.#own.all()
  }

  /** Puts a name of ours no more; what others keep of it expires. */
  forget(name: string): void {
    this.#own.forget(name)
  }

  resolve(text: string, signal: AbortSignal): Promise<Resolved> {
    return this.#resolver.resolve(text, signal)
  }

  /** The newest record of a key as it was signed, and until when it need not be asked for again, in ms. Rejects like `resolve`. */
  record(
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly freshMs: number }> {
    return this.#resolver.record(text, signal)
  }

  publish(
    target: NameTarget,
    options: { readonly key?: string | undefined; readonly signal: AbortSignal },
  ): Promise<Published> {
    return this.#own.publish(target, options)
  }

  /** Puts again what is due; after a start, too, what the other network forgets sooner. For tests: resolves when it is done. */
  renew(): Promise<void> {
    return this.#own.renew()
  }
}
