import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { type Answer, call, type Input } from './client.ts'
import type { ApiError } from './errors.ts'

type LibraryRow = Answer<'files.library'>['rows'][number]

export interface Pages {
  readonly total: number
  readonly kinds: Answer<'files.library'>['kinds']
  readonly rows: readonly LibraryRow[]
  /** There are more, which come when this is called. */
  readonly more: (() => void) | undefined
}

interface Asked {
  readonly data: Pages | undefined
  readonly error: ApiError | null
  refetch(): void
}

/** Rows of one answer. */
const pageLength = 200

/** What is here, in pages that come as one scrolls; what was shown stays until another choice is answered. */
export function useLibrary(input: Pick<Input<'files.library'>, 'kind' | 'search'>): Asked {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery<
    Answer<'files.library'>,
    ApiError
  >({
    queryKey: ['files', 'library', input],
    queryFn: ({ pageParam, signal }) =>
      call('files.library', { ...input, offset: Number(pageParam), limit: pageLength }, { signal }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const shown = pages.length * pageLength
      return shown < last.total ? shown : undefined
    },
    placeholderData: keepPreviousData,
  })
  const last = data?.pages.at(-1)
  return {
    data: last && {
      total: last.total,
      kinds: last.kinds,
      rows: data!.pages.flatMap(page => page.rows),
      more: hasNextPage && !isFetching ? () => void fetchNextPage() : undefined,
    },
    error,
    refetch: () => void refetch(),
  }
}
