import type { ComponentType } from 'react'
import type { IconName } from '../ui/icon.tsx'

/** Names of the pages, which are also their folders in `pages/` and their names in `texts/shell.en.ts`. */
export type PageName =
  | 'home'
  | 'transfers'
  | 'share'
  | 'get'
  | 'library'
  | 'people'
  | 'network'
  | 'ipfs'
  | 'settings'
  | 'logs'
  | 'about'
  | 'first-run'

interface PageModule {
  readonly Page: ComponentType
}

export interface PageRoute {
  readonly name: PageName
  /** The page gets this path and everything below it. */
  readonly path: string
  readonly icon: IconName
  readonly load: () => Promise<PageModule>
}

/** Every page, loaded when it is first shown. */
export const routes: readonly PageRoute[] = [
  { name: 'home', path: '/', icon: 'home', load: () => import('../pages/home/index.tsx') },
  {
    name: 'transfers',
    path: '/transfers',
    icon: 'transfers',
    load: () => import('../pages/transfers/index.tsx'),
  },
  { name: 'library', path: '/library', icon: 'library', load: () => import('../pages/library/index.tsx') },
  { name: 'people', path: '/people', icon: 'people', load: () => import('../pages/people/index.tsx') },
  { name: 'network', path: '/network', icon: 'network', load: () => import('../pages/network/index.tsx') },
  { name: 'ipfs', path: '/ipfs', icon: 'cube', load: () => import('../pages/ipfs/index.tsx') },
  {
    name: 'settings',
    path: '/settings',
    icon: 'settings',
    load: () => import('../pages/settings/index.tsx'),
  },
  { name: 'logs', path: '/logs', icon: 'logs', load: () => import('../pages/logs/index.tsx') },
  { name: 'about', path: '/about', icon: 'about', load: () => import('../pages/about/index.tsx') },
  { name: 'share', path: '/share', icon: 'share', load: () => import('../pages/share/index.tsx') },
  { name: 'get', path: '/get', icon: 'get', load: () => import('../pages/get/index.tsx') },
  { name: 'first-run', path: '/welcome', icon: 'home', load: () => import('../pages/first-run/index.tsx') },
]
