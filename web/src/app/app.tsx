import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useEffect, useSyncExternalStore } from 'react'
import { followEvents, queries } from '../api/hooks.ts'
import { currentToken, isRemote, onToken, ticketState } from '../api/token.ts'
import { LanguageContext } from '../texts/texts.ts'
import { ToastProvider } from '../ui/toast.tsx'
import { TooltipProvider } from '../ui/tooltip.tsx'
import { usePreferences } from './preferences.ts'
import { RemoteSignIn } from './remote-sign-in.tsx'
import { Shell } from './shell.tsx'
import { SignIn } from './sign-in.tsx'

export function App(): ReactNode {
  const { language, theme } = usePreferences()
  useEffect(() => followEvents(), [])
  useEffect(() => {
    document.documentElement.lang = language
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [language, theme])
  return (
    <LanguageContext value={language}>
      <QueryClientProvider client={queries}>
        <TooltipProvider delayDuration={400} skipDelayDuration={200}>
          <ToastProvider>
            <Gate />
          </ToastProvider>
        </TooltipProvider>
      </QueryClientProvider>
    </LanguageContext>
  )
}

/** Whoever had the page open keeps it when the token expires: what was typed stays behind the question for a new one. */
function Gate(): ReactNode {
  const Door = isRemote ? RemoteSignIn : SignIn
  const token = useSyncExternalStore(onToken, currentToken)
  const wasOpen = useSyncExternalStore(onToken, everOpen)
  const arrival = useSyncExternalStore(onToken, ticketState)
  return (
    <>
      {wasOpen && <Shell />}
      {token === undefined && arrival !== 'asking' && <Door expired={wasOpen} />}
    </>
  )
}

let opened = false

function everOpen(): boolean {
  opened ||= currentToken() !== undefined
  return opened
}
