export interface InviteInput {
  circle?: string | undefined
  role?: 'admin' | 'member' | 'guest' | undefined
  share?: string | undefined
  code?: boolean | undefined
  name?: string | undefined
  expires: string
  via?: string[] | undefined
  wait?: boolean | undefined
}

export interface AcceptInput {
  /** One link, or one code in any number of parts. */
  invite: string[]
  name?: string | undefined
  via?: string[] | undefined
  timeout: number
}

export interface SendInput {
  paths: string[]
  expires: string
  via?: string[] | undefined
}

export interface ReceiveInput {
  invite: string[]
  into?: string | undefined
  yes?: boolean | undefined
  via?: string[] | undefined
  timeout: number
}

export interface AnswerInput {
  offer: string
  accept: boolean
  into?: string | undefined
}
