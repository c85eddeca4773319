import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { RestartNotice } from '../../app/restart.tsx'
import { network } from '../../texts/network.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Connections } from './connections.tsx'
import { History } from './history.tsx'
import css from './network.module.css'
import { ProxyForm } from './proxy.tsx'
import { Addresses, Findings, Reachable, Router } from './reachable.tsx'
import { Relays } from './relays.tsx'
import { Services } from './services.tsx'
import { Speed } from './speed.tsx'

/** How this peer is reached, who is connected, how fast it may be, and what it does for others. */
export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const texts = useTexts(network)
  const { data, error, isFetching, refetch } = useValue('reach.doctor')
  return (
    <>
      <PageHeading title={pages.network} lead={texts.lead}>
        <Button icon="refresh" busy={isFetching} onClick={() => void refetch()}>
          {texts.again}
        </Button>
      </PageHeading>
      <RestartNotice />
      <div className={css.stack}>
        {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <Loading text={texts.looking} />}
        {data !== undefined && (
          <>
            <Reachable diagnosis={data} />
            <div className={css.pair}>
              <Addresses facts={data.facts} />
              <Router facts={data.facts} />
            </div>
            <Findings diagnosis={data} />
          </>
        )}
        <Connections />
        <History />
        <Speed />
        <div className={css.pair}>
          <Services />
          <Relays />
        </div>
        <ProxyForm />
      </div>
    </>
  )
}
