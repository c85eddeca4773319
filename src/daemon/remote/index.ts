export { type RemoteConfig, remoteConfig } from './config.ts'
export { remoteOperations, remoteService } from './operations.ts'
export { RemoteAccess, type RemoteStatus } from './remote-access.ts'
export { serveSignIn } from './routes.ts'
