import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { network } from '../../texts/network.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { Connections } from './connections.tsx'
import css from './network.module.css'
import { Speed } from './speed.tsx'

/** How this peer is reached, who is connected, and how fast it may be. */
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
      <div className={css.stack}>
        {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <Loading text={texts.looking} />}
        {data !== undefined && (
          <Card title={texts.reachable[data.facts.port.verdict]}>
            <ul className={css.findings} aria-label={texts.checked}>
              {data.findings.map(({ topic, level, text, advice }) => (
                <li key={topic} className={css.finding}>
                  <Badge tone={level === 'note' ? 'warn' : level}>{texts.levels[level]}</Badge>
                  <div lang="en">
                    <strong>
                      <SafeText text={topic} />
                    </strong>{' '}
                    <SafeText text={text} />
                    {advice !== undefined && (
                      <p className={css.advice}>
                        <SafeText text={advice} />
                      </p>
                    )}
                  </div>
                </li>
              ))}
            </ul>
          </Card>
        )}
        <Speed />
        <Connections />
      </div>
    </>
  )
}
