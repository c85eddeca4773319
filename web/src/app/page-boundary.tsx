import { Component, type ReactNode } from 'react'
import { type ApiError, asApiError } from '../api/errors.ts'
import { ErrorState } from '../ui/error-state.tsx'

/** A page that breaks shows why and keeps the rest of the application alive. */
export class PageBoundary extends Component<
  { readonly children: ReactNode },
  { error: ApiError | undefined }
> {
  override state: { error: ApiError | undefined } = { error: undefined }

  static getDerivedStateFromError(error: unknown): { error: ApiError } {
    return { error: asApiError(error) }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return <ErrorState error={error} onRetry={() => this.setState({ error: undefined })} />
  }
}
