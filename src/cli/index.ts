export { type CommandInfo, commandOf } from './command-info.ts'
export { main } from './main.ts'
