import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { useFormat } from '../../ui/format.ts'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './network.module.css'

/** Who is connected now, and over which way. */
export function Connections(): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const { data } = useValue('daemon.status', {}, { everyMs: 10_000 })
  const rows = data?.connections ?? []
  return (
    <Card title={texts.connected}>
      {rows.length === 0 ? (
        <p>{texts.nobody}</p>
      ) : (
        <table className={css.connections}>
          <thead>
            <tr>
              <th scope="col">{texts.columns.peer}</th>
              <th scope="col">{texts.columns.path}</th>
              <th scope="col">{texts.columns.rtt}</th>
              <th scope="col">{texts.columns.address}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ peer, path, rttMs, address }) => (
              <tr key={`${peer} ${address}`}>
                <td>
                  <code>{peer.slice(-8)}</code>
                </td>
                <td>{(texts.paths as Readonly<Record<string, string>>)[path] ?? path}</td>
                <td>{rttMs === undefined ? '–' : texts.ms(format.number(Math.round(rttMs)))}</td>
                <td>
                  <SafeText text={address} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}
