import { PeerageError, parseQuantity, z } from '../base/index.ts'

/** One configuration value as data, taken from its section's schema. */
export interface FlatField {
  readonly key: string
  readonly default: unknown
  readonly description: string
  readonly allowed: string
  readonly type: string | undefined
  /** What is allowed, as JSON Schema: for forms. */
  readonly schema: Readonly<Record<string, unknown>>
  /** It may hold a password or a key, see `secret` in the meta data of its schema. */
  readonly secret: boolean
}

interface SchemaNode {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly default?: unknown
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly secret?: boolean
}

/** Every value of every section by its key (`network.port`), in the order of the schemas. */
export function flattenSchema(sections: Readonly<Record<string, z.ZodType>>): Map<string, FlatField> {
  const out = new Map<string, FlatField>()
  for (const [name, schema] of Object.entries(sections)) {
    const node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode
    walk(name, node, undefined, out)
  }
  return out
}

function walk(key: string, node: SchemaNode, inherited: unknown, out: Map<string, FlatField>): void {
  const fallback = node.default ?? inherited
  if (node.properties === undefined) {
    const { default: _default, description = '', secret = false, ...schema } = node
    out.set(key, {
      key,
      default: fallback,
      description,
      allowed: describe(node),
      type: node.type,
      schema: { ...schema },
      secret,
    })
    return
  }
  for (const [name, inner] of Object.entries(node.properties)) {
    const value = (fallback as Record<string, unknown> | undefined)?.[name]
    walk(`${key}.${name}`, inner, value, out)
  }
}

function describe(node: SchemaNode): string {
  if (node.enum !== undefined) return `one of ${node.enum.map(String).join(', ')}`
  if (node.const !== undefined) return String(node.const)
  if (node.anyOf !== undefined) return node.anyOf.map(describe).join(' or ')
  if (node.type === 'array') return `list of ${describe(node.items ?? {})}`
  if (node.type === 'integer' || node.type === 'number') return `${node.type}${describeRange(node)}`
  return node.type ?? 'any'
}

function describeRange({ minimum, maximum }: SchemaNode): string {
  const low = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum
  const high = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (low === undefined && high === undefined) return ''
  return high === undefined ? ` from ${low}` : ` ${low ?? ''}..${high}`
}

/** `network.maxConnections` is set by `PEERAGE_NETWORK_MAX_CONNECTIONS`. */
export function environmentName(key: string): string {
  return `PEERAGE_${key
    .replaceAll('.', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()}`
}

/** A value given as text (flag, environment, `config set`) or as JSON. The section's schema judges it afterwards. */
export function parseValue(field: FlatField, raw: unknown, where: string): unknown {
  if (typeof raw !== 'string' || field.type === 'string') return raw
  const fail = (): never => {
    throw new PeerageError(
      'config.invalid',
      `${where}: "${field.key}" must be ${field.allowed}, not "${raw.slice(0, 100)}".`,
      {
        details: { key: field.key },
      },
    )
  }
  if (field.type === 'integer' || field.type === 'number') {
    const value = parseQuantity(raw)
    return Number.isFinite(value) ? value : fail()
  }
  if (field.type === 'boolean') {
    if (['true', 'yes', 'on', '1'].includes(raw)) return true
    return ['false', 'no', 'off', '0'].includes(raw) ? false : fail()
  }
  if (field.type === 'array') return parseList(raw, fail)
  return parseLoose(raw)
}

function parseList(raw: string, fail: () => never): unknown[] {
  if (!raw.startsWith('[')) return raw === '' ? [] : raw.split(',').map(part => part.trim())
  try {
    return JSON.parse(raw) as unknown[]
  } catch {
    return fail()
  }
}

function parseLoose(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}
