import { type ReactNode, useEffect, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useValue } from '../../api/hooks.ts'
import { DropZone } from '../../app/drop-zone.tsx'
import { handOver } from '../../app/dropped.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { Link, navigate } from '../../app/router.tsx'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './home.module.css'

type Row = Answer<'files.list'>[number]

/** Useful with nothing in it: something to drop files on, something to paste a link into, and how it goes. */
export function Page(): ReactNode {
  const texts = useTexts(sharing)
  const setup = useValue('setup.show')
  const isFirst = setup.data?.isFirst === true
  useEffect(() => {
    if (isFirst) navigate('/welcome', { replace: true })
  }, [isFirst])
  const title = setup.data === undefined ? 'Peerage' : texts.home.hello(visibleText(setup.data.name))
  return (
    <>
      <PageHeading title={title} lead={texts.home.lead} />
      <div className={css.page}>
        <DropZone title={texts.drop.here} hint={texts.drop.hint} choose={texts.drop.files} onPick={handOver}>
          <Button icon="folder" onClick={() => navigate('/share?choose=1')}>
            {texts.drop.machine}
          </Button>
        </DropZone>
        <Paste />
        <Reach />
        <Recent />
      </div>
    </>
  )
}

function Paste(): ReactNode {
  const texts = useTexts(sharing).home
  const [text, setText] = useState('')
  return (
    <Card>
      <form
        className={css.paste}
        onSubmit={event => {
          event.preventDefault()
          if (text.trim() !== '') navigate(`/get?link=${encodeURIComponent(text.trim())}`)
        }}
      >
        <TextField label={texts.paste} placeholder={texts.pasteHint} value={text} onChange={setText} />
        <Button look="primary" type="submit" icon="get" disabled={text.trim() === ''}>
          {texts.get}
        </Button>
      </form>
    </Card>
  )
}

/** Whether others reach this computer, in one sentence. */
function Reach(): ReactNode {
  const texts = useTexts(sharing).home.reach
  const port = useValue('reach.port', {}, { everyMs: 30_000 })
  const status = useValue('daemon.status')
  const peers = status.data?.connections.length ?? 0
  const verdict = port.data?.verdict
  const isGood = verdict === 'open' || peers > 0
  return (
    <p className={css.reach}>
      <Icon name={isGood ? 'check' : 'network'} />
      <span>
        {verdict === undefined ? texts.checking : texts[verdict]}{' '}
        {status.data !== undefined && (peers === 0 ? texts.offline : texts.peers(peers))}{' '}
        <Link to="/network">{texts.more}</Link>
      </span>
    </p>
  )
}

const going: ReadonlySet<Row['state']> = new Set(['finding', 'checking', 'fetching', 'queued', 'failed'])
const shownRows = 6

function Recent(): ReactNode {
  const texts = useTexts(sharing).home
  const list = useValue('files.list', {}, { everyMs: 2000 })
  const rows = list.data ?? []
  const now = rows.filter(({ state }) => going.has(state)).slice(0, shownRows)
  const recent = rows.filter(({ state }) => !going.has(state)).slice(0, shownRows)
  if (list.data !== undefined && rows.length === 0)
    return <EmptyState icon="history" title={texts.nothing} text={texts.nothingText} />
  return (
    <>
      {now.length > 0 && <Rows title={texts.now} rows={now} />}
      {recent.length > 0 && <Rows title={texts.recent} rows={recent} />}
    </>
  )
}

function Rows({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }): ReactNode {
  const texts = useTexts(sharing).home
  const format = useFormat()
  return (
    <Card title={title} aside={<Link to="/transfers">{texts.all}</Link>}>
      <ul className={css.rows}>
        {rows.map(row => (
          <li key={row.infoHash}>
            <Link to={`/transfers/${encodeURIComponent(row.infoHash)}`} className={css.row}>
              <Icon name={row.origin === 'share' ? 'share' : 'get'} />
              <span className={css.what}>
                <SafeText cut text={row.name || row.infoHash} />
                <span className={css.state}>
                  {texts.state[row.origin === 'share' && row.state === 'complete' ? 'shared' : row.state]}
                  {row.totalBytes > 0 && ` · ${format.bytes(row.totalBytes)}`}
                  {row.downBytesPerSecond > 0 && ` · ↓ ${format.rate(row.downBytesPerSecond)}`}
                  {row.upBytesPerSecond > 0 && ` · ↑ ${format.rate(row.upBytesPerSecond)}`}
                </span>
                {row.state === 'fetching' && (
                  <ProgressBar value={row.bytes / Math.max(1, row.totalBytes)} label={texts.state.fetching} />
                )}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}
