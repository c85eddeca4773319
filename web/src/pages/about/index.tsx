import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { type BundledPackage, useLicences } from '../../api/licences.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { about } from '../../texts/about.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './about.module.css'

/** What this program is, and where it keeps its things. */
export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const texts = useTexts(about)
  const format = useFormat()
  const { data, error, refetch } = useValue('daemon.status')
  return (
    <>
      <PageHeading title={pages.about} lead={texts.lead} />
      <div className={css.stack}>
        {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <Loading />}
        {data !== undefined && (
          <Card title="Peerage">
            <dl className={css.facts}>
              <dt>{texts.version}</dt>
              <dd>{data.version}</dd>
              <dt>{texts.peer}</dt>
              <dd>
                <code>{data.peerId}</code>
              </dd>
              <dt>{texts.home}</dt>
              <dd>
                <SafeText text={data.home} />
              </dd>
              <dt>{texts.since}</dt>
              <dd>{format.dateTime(data.startedAt)}</dd>
              <dt>{texts.memory}</dt>
              <dd>{format.bytes(data.memoryBytes)}</dd>
              <dt>{texts.licence}</dt>
              <dd>{texts.mit}</dd>
              <dt>{texts.interface}</dt>
              <dd>
                <a href="/openapi.json">{texts.openApi}</a>
              </dd>
            </dl>
          </Card>
        )}
        <Leaving />
        <Parts />
      </div>
    </>
  )
}

function Leaving(): ReactNode {
  const { title, lead, points } = useTexts(about).leaving
  return (
    <Card title={title}>
      <p>{lead}</p>
      <ul className={css.points}>
        {Object.entries(points).map(([name, text]) => (
          <li key={name}>{text}</li>
        ))}
      </ul>
    </Card>
  )
}

/** The licences of what is bundled ask to be passed on with it. */
function Parts(): ReactNode {
  const texts = useTexts(about).parts
  const { data, error, refetch } = useLicences()
  return (
    <Card title={texts.title}>
      <p>{texts.lead}</p>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data?.map(one => (
        <Part key={`${one.name}@${one.version}`} part={one} />
      ))}
    </Card>
  )
}

function Part({ part: { name, version, licence, text } }: { readonly part: BundledPackage }): ReactNode {
  const { none } = useTexts(about).parts
  return (
    <details className={css.part}>
      <summary>
        {name} {version} · {licence}
      </summary>
      <pre>{text || none}</pre>
    </details>
  )
}
