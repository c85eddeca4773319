export { type CommandInfo, commandOf } from './command-info.ts'
