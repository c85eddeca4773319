export { type BetterPath, DirectPaths } from './direct-paths.ts'
export { dcutrProtocol, type PunchReport } from './puncher.ts'
