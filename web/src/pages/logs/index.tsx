import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { logs } from '../../texts/logs.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { SafeText } from '../../ui/safe-text.tsx'

/** Where the log lies. */
export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const texts = useTexts(logs)
  const { data } = useValue('daemon.status')
  return (
    <>
      <PageHeading title={pages.logs} />
      {data !== undefined && (
        <EmptyState icon="logs" title={texts.title} text={<SafeText text={texts.text(data.home)} />} />
      )}
    </>
  )
}
