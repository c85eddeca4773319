import { type ReactNode, useState } from 'react'
import { useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { Graph, shortId } from './graph.tsx'
import { type ConnectionRow, wayOf } from './graph-layout.ts'
import css from './network.module.css'

/** Who is connected now, and over which way: as a picture and as a table. */
export function Connections(): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const [marked, setMarked] = useState<string>()
  const { data, error, refetch } = useValue('reach.connections', {}, { everyMs: 2_000 })
  return (
    <Card
      title={texts.connected}
      aside={data !== undefined && data.count > 0 && <Badge>{format.number(data.count)}</Badge>}
    >
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data?.count === 0 && <p>{texts.nobody}</p>}
      {data !== undefined && data.count > 0 && (
        <>
          <Graph report={data} marked={marked} onMark={setMarked} />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
          <section className={css.tall} aria-label={texts.connected} tabIndex={0}>
            <table className={css.connections}>
              <thead>
                <tr>
                  <th scope="col">{texts.columns.peer}</th>
                  <th scope="col">{texts.columns.path}</th>
                  <th scope="col">{texts.columns.network}</th>
                  <th scope="col">{texts.columns.down}</th>
                  <th scope="col">{texts.columns.up}</th>
                  <th scope="col">{texts.columns.rtt}</th>
                  <th scope="col">{texts.columns.address}</th>
                </tr>
              </thead>
              <tbody>
                {data.rows.map(row => (
                  <Row key={row.peer} row={row} isMarked={row.peer === marked} onMark={setMarked} />
                ))}
              </tbody>
            </table>
          </section>
          {data.rest.map(({ path, count }) => (
            <p key={path}>{texts.more(count, texts.paths[path])}</p>
          ))}
        </>
      )}
    </Card>
  )
}

interface RowProps {
  readonly row: ConnectionRow
  readonly isMarked: boolean
  readonly onMark: (peer: string | undefined) => void
}

function Row({ row, isMarked, onMark }: RowProps): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const { peer, contact, client, via, networks, rttMs, address, downBytesPerSecond, upBytesPerSecond } = row
  const name = contact ?? shortId(peer)
  return (
    <tr
      data-peer={peer}
      data-marked={isMarked || undefined}
      onPointerEnter={() => onMark(peer)}
      onPointerLeave={() => onMark(undefined)}
    >
      <th scope="row">
        <SafeText text={name} cut />
        {client !== undefined && (
          <span className={css.soft}>
            <SafeText text={client} cut />
          </span>
        )}
      </th>
      <td>
        {via === undefined ? (
          texts.paths[wayOf(row)]
        ) : (
          <SafeText text={texts.throughWhom(via.contact ?? shortId(via.peer))} />
        )}
      </td>
      <td>{networks.map(one => texts.networks[one]).join(', ')}</td>
      <td className={css.number}>{downBytesPerSecond > 0 ? format.rate(downBytesPerSecond) : '–'}</td>
      <td className={css.number}>{upBytesPerSecond > 0 ? format.rate(upBytesPerSecond) : '–'}</td>
      <td className={css.number}>{rttMs === undefined ? '–' : texts.ms(format.number(Math.round(rttMs)))}</td>
      <td className={css.address}>
        <SafeText text={address ?? ''} cut />
      </td>
    </tr>
  )
}
