import type { CommandInfo } from './command-info.ts'

export const commands: readonly CommandInfo[] = []
