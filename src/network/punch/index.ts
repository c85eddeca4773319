export { DirectPaths } from './direct-paths.ts'
export { dcutrProtocol, type PunchReport } from './puncher.ts'
