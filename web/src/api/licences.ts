import { type UseQueryResult, useQuery } from '@tanstack/react-query'

/** A package that this page has in it. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  /** As its `package.json` names it: `MIT`. */
  readonly licence: string
  /** Empty when the package brings none. */
  readonly text: string
}

/** What `vite.config.ts` found when the page was built. */
export function useLicences(): UseQueryResult<readonly BundledPackage[]> {
  return useQuery({ queryKey: ['licences'], queryFn: loadLicences })
}

async function loadLicences(): Promise<readonly BundledPackage[]> {
  const response = await fetch('/licences.json')
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return (await response.json()) as BundledPackage[]
}
