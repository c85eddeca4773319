import { type ReactNode, useEffect, useState } from 'react'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import { Button, IconButton } from './button.tsx'

interface CopyProps {
  readonly text: string
  /** Only the icon, for rows. */
  readonly small?: boolean
  /** Instead of `Copy`. */
  readonly label?: string
}

/** Puts a text on the clipboard and says so. */
export function Copy({ text, small, label }: CopyProps): ReactNode {
  const texts = useTexts(ui)
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 2_000)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = (): void => void navigator.clipboard.writeText(text).then(() => setCopied(true))
  const said = isCopied ? texts.copied : (label ?? texts.copy)
  return (
    <>
      {small ? (
        <IconButton small icon={isCopied ? 'check' : 'copy'} label={said} onClick={copy} />
      ) : (
        <Button icon={isCopied ? 'check' : 'copy'} onClick={copy}>
          {said}
        </Button>
      )}
      <span role="status" className="visually-hidden">
        {isCopied && texts.copied}
      </span>
    </>
  )
}
