import type { ReactNode } from 'react'
import type { Audience } from '../../app/audience.ts'
import { AudiencePicker } from '../../app/audience-picker.tsx'
import { audience } from '../../texts/audience.ts'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Checkbox, Select } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import css from './share.module.css'

type Network = 'bittorrent' | 'ipfs'

/** Who may have it, and how. */
export interface ShareOptions extends Audience {
  /** Public ones, used when it is for everyone. */
  readonly networks: readonly Network[]
  readonly pieceLength?: number | undefined
  readonly hybrid?: boolean
}

interface OptionsProps {
  readonly value: ShareOptions
  readonly onChange: (value: ShareOptions) => void
}

/** Whether it is announced to the whole world. */
export function isPublic({ who, networks }: ShareOptions): boolean {
  return who === 'everyone' && networks.length > 0
}

export function Options({ value, onChange }: OptionsProps): ReactNode {
  const texts = useTexts(sharing).share
  const { publicHint } = useTexts(audience)
  const set = (change: Partial<ShareOptions>): void => onChange({ ...value, ...change })
  return (
    <>
      <AudiencePicker value={value} onChange={set} everyoneHint={publicHint} unlimited={isPublic(value)}>
        {value.who === 'everyone' && (
          <fieldset className={css.boxes}>
            <legend>{texts.networks}</legend>
            {(['bittorrent', 'ipfs'] as const).map(network => (
              <Checkbox
                key={network}
                label={texts[network]}
                checked={value.networks.includes(network)}
                onChange={isOn =>
                  set({
                    networks: isOn
                      ? [...value.networks, network]
                      : value.networks.filter(one => one !== network),
                  })
                }
              />
            ))}
          </fieldset>
        )}
      </AudiencePicker>
      <details className={css.more}>
        <summary>{texts.more}</summary>
        <Pieces value={value} set={set} />
      </details>
    </>
  )
}

const pieceLengths = [65_536, 262_144, 1_048_576, 4_194_304, 16_777_216] as const

interface PiecesProps {
  readonly value: ShareOptions
  readonly set: (change: Partial<ShareOptions>) => void
}

function Pieces({ value, set }: PiecesProps): ReactNode {
  const texts = useTexts(sharing).share
  const format = useFormat()
  return (
    <div className={css.fields}>
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
