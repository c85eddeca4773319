import type { StoredContent } from '../../store/index.ts'
import { matchFiles } from './choice.ts'
import type { ChooseInput } from './inputs.ts'

type Priority = 'skip' | 'low' | 'normal' | 'high'

/** Says which files are wanted, and how much. False when nothing was said. Throws what `matchFiles` throws. */
export function chooseFiles(stored: StoredContent, input: ChooseInput): boolean {
  const { content } = stored
  const choices = new Map<number, Priority>()
  if (input.choose !== undefined) {
    const chosen = matchFiles(content, input.choose)
    for (const { index } of content.files) choices.set(index, chosen.has(index) ? 'normal' : 'skip')
  }
  for (const priority of ['skip', 'low', 'normal', 'high'] as const)
    for (const file of matchFiles(content, input[priority] ?? [])) choices.set(file, priority)
  if (choices.size > 0) stored.selectAll(choices)
  return choices.size > 0
}
