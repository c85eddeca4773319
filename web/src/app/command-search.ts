import type { IconName } from '../ui/icon.tsx'

export interface Command {
  readonly id: string
  readonly group: 'pages' | 'actions' | 'contents' | 'people'
  readonly label: string
  readonly icon: IconName
  readonly run: () => void
}

/** Those whose label has every word of the search, best first: those that begin with it. */
export function findCommands(commands: readonly Command[], search: string, most = 30): readonly Command[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = commands.filter(({ label }) => words.every(word => label.toLowerCase().includes(word)))
  const begins = ({ label }: Command): boolean => label.toLowerCase().startsWith(words[0] ?? '')
  return [...found.filter(begins), ...found.filter(one => !begins(one))].slice(0, most)
}
