import { parseQuantity } from '../base/index.ts'
import { flagName, UsageProblem } from './arguments.ts'
import type { CommandInfo, FieldInfo } from './command-info.ts'

/** Typed values from what was typed; the operation's schema judges them afterwards. Throws `UsageProblem`. */
export function coerceInput(
  command: CommandInfo,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields = new Map(command.fields.map(field => [field.name, field]))
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, coerceField(command, fields.get(name)!, value)]),
  )
}

function coerceField(command: CommandInfo, field: FieldInfo, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(one => coerceText(command, field, field.items ?? 'string', String(one)))
  return coerceText(command, field, field.type, String(value))
}

function coerceText(command: CommandInfo, field: FieldInfo, type: string, text: string): unknown {
  const fail = (allowed: string): never => {
    const name = field.positional ? field.name.toUpperCase() : `--${flagName(field.name)}`
    throw new UsageProblem(`${name} must be ${allowed}, not "${text.slice(0, 100)}".`, command.words)
  }
  if (field.choices !== undefined && !field.choices.includes(text)) fail(`one of ${field.choices.join(', ')}`)
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : fail('true or false'))
  if (type !== 'number' && type !== 'integer') return text
  const value = parseQuantity(text)
  if (!Number.isFinite(value)) fail('a number, such as 500, 16KiB or 2M')
  return type === 'integer' ? Math.round(value) : value
}
