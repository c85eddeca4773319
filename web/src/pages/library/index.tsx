import type { ReactNode } from 'react'
import { PageHeading } from '../../app/page-heading.tsx'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'

export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  return <PageHeading title={pages.library} />
}
