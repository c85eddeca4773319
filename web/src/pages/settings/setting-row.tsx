import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import type { ApiError } from '../../api/errors.ts'
import { useAction } from '../../api/hooks.ts'
import { settings } from '../../texts/settings.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Select, Switch, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { allowedText } from './allowed.ts'
import css from './settings.module.css'

type Entry = Answer<'config.list'>[number]

/** One value: its control, where it comes from, and the way back to its default. */
export function SettingRow({
  entry,
  name,
  description,
}: {
  readonly entry: Entry
  /** Both in the language of the page, where that is another than English. */
  readonly name?: string | undefined
  readonly description?: string | undefined
}): ReactNode {
  const texts = useTexts(settings)
  const set = useAction('config.set')
  const isSet = entry.configured !== undefined
  const isFixed = entry.source === 'environment' || entry.source === 'flag'
  return (
    <div className={css.row} data-key={entry.key}>
      <Control entry={entry} set={set} name={name} description={description} />
      <div className={css.facts}>
        <code>{entry.key}</code>
        {isSet && <Badge tone="accent">{texts.changed}</Badge>}
        {entry.source === 'preset' && <Badge>{texts.preset}</Badge>}
        {isFixed && (
          <Badge tone="warn">{texts.fixedBy(entry.source === 'flag' ? texts.flag : entry.environment)}</Badge>
        )}
        {(entry.isPending || entry.needsRestart) && (
          <Badge tone={entry.isPending ? 'warn' : 'plain'}>{texts.restart}</Badge>
        )}
        {isSet && (
          <Button small look="quiet" icon="undo" onClick={() => set.mutate({ key: entry.key })}>
            {texts.reset}
          </Button>
        )}
      </div>
    </div>
  )
}

interface ControlProps {
  readonly entry: Entry
  readonly set: ReturnType<typeof useAction<'config.set'>>
  readonly name?: string | undefined
  readonly description?: string | undefined
}

/** Why a value was not taken: what is allowed, in the language of the page, or what the daemon says. */
function useProblem({ schema }: Entry, error: ApiError | null): string | undefined {
  const texts = useTexts(settings)
  const format = useFormat()
  if (error === null) return undefined
  if (error.code !== 'config.invalid') return error.message
  return texts.invalid(allowedText(schema, texts.what, format.number))
}

function Control({ entry, set, name, description }: ControlProps): ReactNode {
  const { key, value, schema } = entry
  const problem = useProblem(entry, set.error)
  const label = name ?? nameOf(key)
  const hint = description ?? <span lang="en">{entry.description}</span>
  if (schema.type === 'boolean')
    return (
      <Switch
        label={label}
        hint={hint}
        checked={value === true}
        onChange={checked => set.mutate({ key, value: checked })}
      />
    )
  if (Array.isArray(schema.enum))
    return (
      <Select
        label={label}
        hint={hint}
        problem={problem}
        value={String(value)}
        options={schema.enum.map(one => ({ value: String(one), label: String(one) }))}
        onChange={chosen => set.mutate({ key, value: chosen })}
      />
    )
  return <TypedValue entry={entry} set={set} label={label} hint={hint} problem={problem} />
}

/** What is typed is kept until it is saved or given up, whatever happens to the daemon meanwhile. */
function TypedValue({
  entry: { key, value, schema },
  set,
  label,
  hint,
  problem,
}: ControlProps & {
  readonly label: string
  readonly hint: ReactNode
  readonly problem: string | undefined
}): ReactNode {
  const texts = useTexts(settings)
  const format = useFormat()
  const [draft, setDraft] = useState<string>()
  const isTyped = draft !== undefined && draft !== textOf(value)
  const save = (): void => set.mutate({ key, value: draft }, { onSuccess: () => setDraft(undefined) })
  const giveUp = (): void => {
    setDraft(undefined)
    set.reset()
  }
  return (
    <form
      className={css.typed}
      onSubmit={event => {
        event.preventDefault()
        if (isTyped) save()
      }}
    >
      <TextField
        label={label}
        hint={hint}
        problem={problem}
        value={draft ?? textOf(value)}
        title={texts.allowed(allowedText(schema, texts.what, format.number))}
        inputMode={schema.type === 'integer' || schema.type === 'number' ? 'decimal' : 'text'}
        onChange={setDraft}
      />
      {isTyped && (
        <div className={css.actions}>
          <Button small look="primary" type="submit" busy={set.isPending}>
            {texts.save}
          </Button>
          <Button small look="quiet" onClick={giveUp}>
            {texts.cancel}
          </Button>
        </div>
      )}
    </form>
  )
}

/** As it may be typed: `config set` reads it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const isPlain = Array.isArray(value) && value.every(one => typeof one === 'string' && !/[,[]/.test(one))
  return isPlain ? value.join(', ') : (JSON.stringify(value) ?? '')
}

/** `network.maxConnections` is "Max connections". */
export function nameOf(key: string): string {
  const words = key
    .split('.')
    .at(-1)!
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
  return words[0]!.toUpperCase() + words.slice(1)
}
