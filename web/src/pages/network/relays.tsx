import type { ReactNode } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './network.module.css'
import { RateField } from './rate-field.tsx'

const uses = ['auto', 'always', 'never'] as const
const audiences = ['off', 'contacts', 'circle', 'everyone'] as const

/** Being reached through others, and letting others be reached through this peer. */
export function Relays(): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const { data } = useValue('reach.relays', {}, { everyMs: 10_000 })
  const { data: settings = [] } = useValue('config.list')
  const set = useAction('config.set')
  const value = (key: string): unknown => settings.find(one => one.key === key)?.value
  if (data === undefined || settings.length === 0) return null
  const used = format.list(data.used.map(({ peer, contact }) => contact ?? `…${peer.slice(-8)}`))
  return (
    <Card title={texts.relays}>
      <p>
        <SafeText
          text={
            data.used.length > 0
              ? texts.relayedBy(used)
              : data.isWanted
                ? texts.relayMissing
                : texts.relayNeedless
          }
        />
      </p>
      <div className={css.limits}>
        <Select
          label={texts.relayUse}
          value={value('relay.use') as (typeof uses)[number]}
          options={uses.map(one => ({ value: one, label: texts.relayUses[one] }))}
          onChange={one => set.mutate({ key: 'relay.use', value: one })}
        />
        <Select
          label={texts.relayFor}
          value={value('relay.relayFor') as (typeof audiences)[number]}
          options={audiences.map(one => ({ value: one, label: texts.relayAudiences[one] }))}
          onChange={one => set.mutate({ key: 'relay.relayFor', value: one })}
        />
        {data.relayFor !== 'off' && (
          <RateField
            label={texts.relayLimit}
            value={value('relay.bytesPerSecond') as number}
            onChange={rate => set.mutate({ key: 'relay.bytesPerSecond', value: rate })}
          />
        )}
      </div>
      {data.relayFor !== 'off' && (
        <p className={css.advice}>{texts.relaying(data.reachable.length, format.bytes(data.bytes))}</p>
      )}
      {set.error !== null && <ErrorState error={set.error} />}
    </Card>
  )
}
