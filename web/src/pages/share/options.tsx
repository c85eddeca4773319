import { type ReactNode, useId } from 'react'
import { useValue } from '../../api/hooks.ts'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Checkbox, Select, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './share.module.css'

/** Who may have it, and how. */
export interface ShareOptions {
  readonly who: 'secret' | 'people' | 'everyone'
  /** `contact:NAME`, `circle:NAME` */
  readonly people: readonly string[]
  /** Public ones; `bittorrent` and `ipfs`. */
  readonly networks?: readonly string[]
  readonly until?: string
  readonly bytes?: string
  readonly rate?: string
  readonly hours?: string
  readonly pieceLength?: number
  readonly hybrid?: boolean
}

interface OptionsProps {
  readonly value: ShareOptions
  readonly onChange: (value: ShareOptions) => void
}

export function Options({ value, onChange }: OptionsProps): ReactNode {
  const texts = useTexts(sharing).share
  const set = (change: Partial<ShareOptions>): void => onChange({ ...value, ...change })
  return (
    <>
      <RadioCards
        legend={texts.who}
        value={value.who}
        onChange={who => set({ who, ...(who === 'everyone' && { networks: ['bittorrent'] }) })}
        options={[
          { value: 'secret', label: texts.link, hint: texts.linkHint, icon: 'link' },
          { value: 'people', label: texts.people, hint: texts.peopleHint, icon: 'people' },
          { value: 'everyone', label: texts.everyone, hint: texts.everyoneHint, icon: 'globe' },
        ]}
      />
      {value.who === 'people' && <People chosen={value.people} onChange={people => set({ people })} />}
      {value.who === 'everyone' && (
        <Boxes
          legend={texts.networks}
          all={[
            { id: 'bittorrent', name: texts.bittorrent },
            { id: 'ipfs', name: texts.ipfs },
          ]}
          chosen={value.networks ?? []}
          onChange={networks => set({ networks })}
        />
      )}
      <details className={css.more}>
        <summary>{texts.more}</summary>
        <More value={value} set={set} />
      </details>
    </>
  )
}

function People({
  chosen,
  onChange,
}: {
  readonly chosen: readonly string[]
  readonly onChange: (people: readonly string[]) => void
}): ReactNode {
  const texts = useTexts(sharing).share
  const contacts = useValue('contacts.list')
  const circles = useValue('circles.list')
  const isEmpty = contacts.data?.length === 0 && circles.data?.length === 0
  if (isEmpty) return <p className={css.soft}>{texts.nobody}</p>
  const rows = (kind: string, all: readonly { readonly name: string }[] = []): Box[] =>
    all.map(({ name }) => ({ id: `${kind}:${name}`, name }))
  const both = [
    [texts.contact, rows('contact', contacts.data)],
    [texts.circle, rows('circle', circles.data)],
  ] as const
  return both.map(
    ([legend, all]) =>
      all.length > 0 && <Boxes key={legend} legend={legend} all={all} chosen={chosen} onChange={onChange} />,
  )
}

interface Box {
  readonly id: string
  readonly name: string
}

interface BoxesProps {
  readonly legend: string
  readonly all: readonly Box[]
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

function Boxes({ legend, all, chosen, onChange }: BoxesProps): ReactNode {
  return (
    <fieldset className={css.boxes}>
      <legend>{legend}</legend>
      {all.map(({ id, name }) => (
        <Checkbox
          key={id}
          label={<SafeText text={name} />}
          checked={chosen.includes(id)}
          onChange={isOn => onChange(isOn ? [...chosen, id] : chosen.filter(one => one !== id))}
        />
      ))}
    </fieldset>
  )
}

const pieceLengths = [65_536, 262_144, 1_048_576, 4_194_304, 16_777_216] as const

function More({
  value,
  set,
}: {
  readonly value: ShareOptions
  readonly set: (change: Partial<ShareOptions>) => void
}): ReactNode {
  const texts = useTexts(sharing).share
  const format = useFormat()
  const id = useId()
  const isPublic = value.who === 'everyone' && (value.networks?.length ?? 0) > 0
  return (
    <div className={css.fields} key={id}>
      {!isPublic && (
        <>
          <Select
            label={texts.until}
            value={value.until ?? ''}
            onChange={until => set({ until })}
            options={[
              { value: '', label: texts.forever },
              { value: '1d', label: texts.day },
              { value: '7d', label: texts.week },
              { value: '30d', label: texts.month },
            ]}
          />
          <TextField
            label={texts.bytes}
            hint={texts.bytesHint}
            value={value.bytes ?? ''}
            onChange={bytes => set({ bytes })}
          />
          <TextField
            label={texts.rate}
            hint={texts.rateHint}
            value={value.rate ?? ''}
            onChange={rate => set({ rate })}
          />
          <TextField
            label={texts.hours}
            hint={texts.hoursHint}
            value={value.hours ?? ''}
            onChange={hours => set({ hours })}
          />
        </>
      )}
      <Select
        label={texts.piece}
        value={String(value.pieceLength ?? '')}
        onChange={length => set({ pieceLength: length === '' ? undefined : Number(length) })}
        options={[
          { value: '', label: texts.auto },
          ...pieceLengths.map(length => ({ value: String(length), label: format.bytes(length) })),
        ]}
      />
      <Checkbox label={texts.hybrid} checked={value.hybrid ?? false} onChange={hybrid => set({ hybrid })} />
    </div>
  )
}
