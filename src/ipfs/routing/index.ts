export type { ContentRouting, FoundProvider } from './content-routing.ts'
