import type { ReactNode } from 'react'

/** Three equals, connected. */
export function Logo({ size = 28 }: { readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0b7a75" />
      <path
        d="M11.2 20.2 14.4 12.6M17.6 12.6l3.2 7.6M12.800 22h6.400"
        fill="none"
        stroke="#fff"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <g fill="#fff">
        <circle cx="16" cy="9.6" r="3.2" />
        <circle cx="10" cy="22" r="3.2" />
        <circle cx="22" cy="22" r="3.2" />
      </g>
    </svg>
  )
}
