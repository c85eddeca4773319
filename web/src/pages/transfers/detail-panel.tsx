import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { navigate } from '../../app/router.tsx'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { PathText, SafeText } from '../../ui/safe-text.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { FilesTab } from './files-tab.tsx'
import { Limits } from './limits.tsx'
import { LogTab, SourcesTab, TrackersTab } from './list-tabs.tsx'
import type { Row } from './live-rows.ts'
import { PiecesTab } from './pieces-tab.tsx'
import { pinName } from './pin-name.ts'
import { SpeedTab } from './speed-tab.tsx'
import css from './transfers.module.css'

/** All that is known of one transfer, below the list. */
export function DetailPanel({ row }: { readonly row: Row }): ReactNode {
  const t = useTexts(transfers)
  const content = row.infoHash
  return (
    <section className={css.panel} aria-label={t.details}>
      <Card
        title={<SafeText text={row.name || t.unknown} />}
        aside={
          <Button small icon="close" onClick={() => navigate('/transfers')}>
            {t.back}
          </Button>
        }
      >
        <Tabs
          label={t.details}
          tabs={[
            { name: 'overview', title: t.tabs.overview, content: <Overview row={row} /> },
            { name: 'files', title: t.tabs.files, content: <FilesTab row={row} /> },
            { name: 'pieces', title: t.tabs.pieces, content: <PiecesTab content={content} /> },
            { name: 'sources', title: t.tabs.sources, content: <SourcesTab content={content} /> },
            { name: 'trackers', title: t.tabs.trackers, content: <TrackersTab content={content} /> },
            { name: 'speed', title: t.tabs.speed, content: <SpeedTab content={content} /> },
            { name: 'log', title: t.tabs.log, content: <LogTab content={content} /> },
          ]}
        />
      </Card>
    </section>
  )
}

function Overview({ row }: { readonly row: Row }): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const { data, error, refetch } = useValue('files.show', { content: row.infoHash }, { everyMs: 5_000 })
  if (error && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  return (
    <>
      {row.error !== undefined && (
        <p className={css.problem} role="alert">
          <SafeText text={row.error.message} /> {row.error.remedy}
        </p>
      )}
      <dl className={css.pairs}>
        {data?.path !== undefined && (
          <Pair name={t.facts.path}>
            <PathText path={data.path} />
            <Copy small text={data.path} />
          </Pair>
        )}
        {data !== undefined && (
          <Pair name={t.facts.link}>
            <SafeText text={data.link} cut />
            <Copy small text={data.link} />
          </Pair>
        )}
        <Pair name={t.facts.hash}>
          <code className={css.hash}>{row.infoHash}</code>
        </Pair>
        {data?.cid !== undefined && (
          <Pair name={t.facts.cid}>
            <code className={css.hash}>{data.cid}</code>
            <Copy small text={data.cid} />
          </Pair>
        )}
        {data?.pins?.map(pin => (
          <Pair key={pin.cid} name={t.facts.pin}>
            <SafeText text={t.leans(pinName(pin))} />
          </Pair>
        ))}
        {row.position !== undefined && <Pair name={t.facts.queue}>{format.number(row.position + 1)}</Pair>}
        <Pair name={t.facts.ratio}>{`${format.bytes(row.upBytesEver)} · ${format.number(row.ratio)}`}</Pair>
        {data?.copies !== undefined && (
          <Pair name={t.facts.copies}>{format.number(Math.round(data.copies * 100) / 100)}</Pair>
        )}
        <Pair name={t.facts.added}>{format.dateTime(row.addedAt)}</Pair>
        {row.completedAt !== undefined && (
          <Pair name={t.facts.completed}>{format.dateTime(row.completedAt)}</Pair>
        )}
      </dl>
      {data !== undefined && <Limits content={row.infoHash} settings={data.settings ?? {}} />}
    </>
  )
}

function Pair({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
