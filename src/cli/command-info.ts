/** One input field of a command, as the command line sees it. */
export interface FieldInfo {
  readonly name: string
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'any'
  /** For arrays: what they hold. */
  readonly items?: 'string' | 'number' | 'integer' | 'any'
  readonly description: string
  readonly required: boolean
  readonly positional: boolean
  readonly choices?: readonly string[]
  readonly default?: unknown
}

/** One command: light data, so that `--help` needs neither schemas nor the program itself. */
export interface CommandInfo {
  readonly words: string
  readonly summary: string
  readonly example: string
  readonly fields: readonly FieldInfo[]
  /** `SERVICE.OPERATION`; absent for commands that are only on the command line. */
  readonly operation?: string
  readonly kind: 'value' | 'stream' | 'bytes'
}

interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
}

interface Described {
  readonly name: string
  readonly summary: string
  readonly kind: 'value' | 'stream' | 'bytes'
  readonly command: {
    readonly words: string
    readonly positional?: readonly string[]
    readonly asked?: readonly string[]
    readonly example: string
  }
  readonly input: Readonly<Record<string, unknown>>
}

/** The command of an operation, from its description. */
export function commandOf(operation: Described): CommandInfo {
  const schema = operation.input as SchemaNode
  const { positional = [], asked = [] } = operation.command
  const names = Object.keys(schema.properties ?? {}).filter(name => !asked.includes(name))
  const ordered = [...positional, ...names.filter(name => !positional.includes(name))]
  return {
    words: operation.command.words,
    summary: operation.summary,
    example: operation.command.example,
    operation: operation.name,
    kind: operation.kind,
    fields: ordered.map(name => fieldOf(name, schema, positional.includes(name))),
  }
}

function fieldOf(name: string, schema: SchemaNode, positional: boolean): FieldInfo {
  const node = schema.properties?.[name] ?? {}
  const choices = choicesOf(node)
  const items = typeOf(node.items ?? {})
  return {
    name,
    type: typeOf(node),
    ...(node.type === 'array' && items !== 'array' && items !== 'boolean' ? { items } : {}),
    description: node.description ?? '',
    required: schema.required?.includes(name) ?? false,
    positional,
    ...(choices === undefined ? {} : { choices }),
    ...(node.default === undefined ? {} : { default: node.default }),
  }
}

function choicesOf(node: SchemaNode): readonly string[] | undefined {
  if (node.enum !== undefined) return node.enum.map(String)
  return node.items === undefined ? undefined : choicesOf(node.items)
}

function typeOf(node: SchemaNode): FieldInfo['type'] {
  if (node.enum !== undefined) return 'string'
  switch (node.type) {
    case 'string':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'array':
      return node.type
    default:
      return typeof node.const === 'string' ? 'string' : 'any'
  }
}
