import type { ReactNode } from 'react'
import { useState } from 'react'
import { PageHeading } from '../../app/page-heading.tsx'
import { navigate, useRoute } from '../../app/router.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { AcceptInvite } from './accept-invite.tsx'
import { Audit } from './audit.tsx'
import { CirclePage } from './circle-page.tsx'
import { Circles } from './circles.tsx'
import { ContactPage } from './contact-page.tsx'
import { Contacts } from './contacts.tsx'
import { Devices } from './devices.tsx'
import { Invites } from './invites.tsx'
import { NewInvite } from './new-invite.tsx'
import css from './people.module.css'
import { PermissionPage } from './permission-page.tsx'
import { Permissions } from './permissions.tsx'

const names = ['contacts', 'circles', 'invites', 'permissions', 'devices', 'audit'] as const
type Name = (typeof names)[number]

export function Page(): ReactNode {
  const { parts } = useRoute()
  const [, part, id] = parts
  if (part === 'contacts' && id !== undefined) return <ContactPage key={id} peer={id} />
  if (part === 'circles' && id !== undefined) return <CirclePage key={id} circle={id} />
  if (part === 'permissions' && id !== undefined) return <PermissionPage key={id} resource={id} />
  return <Overview shown={names.find(name => name === part) ?? 'contacts'} />
}

function Overview({ shown }: { readonly shown: Name }): ReactNode {
  const texts = useTexts(people)
  const take = useRoute().query.get('take') ?? ''
  const [dialog, setDialog] = useState<'invite' | 'accept' | undefined>(take === '' ? undefined : 'accept')
  const close = (): void => setDialog(undefined)
  const content: Record<Name, ReactNode> = {
    contacts: <Contacts />,
    circles: <Circles />,
    invites: <Invites />,
    permissions: <Permissions />,
    devices: <Devices />,
    audit: <Audit />,
  }
  return (
    <div className={css.page}>
      <PageHeading title={texts.title} lead={texts.lead}>
        <Button icon="download" onClick={() => setDialog('accept')}>
          {texts.invites.accept}
        </Button>
        <Button look="primary" icon="plus" onClick={() => setDialog('invite')}>
          {texts.invites.invite}
        </Button>
      </PageHeading>
      <Tabs
        label={texts.tabs}
        shown={shown}
        onShow={name => navigate(`/people/${name}`)}
        tabs={names.map(name => ({ name, title: texts.tab[name], content: content[name] }))}
      />
      {dialog === 'invite' && <NewInvite onClose={close} />}
      {dialog === 'accept' && <AcceptInvite link={take} onClose={close} />}
    </div>
  )
}
