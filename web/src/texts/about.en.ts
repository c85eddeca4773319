export const aboutEn = {
  lead: 'A network of equals: this computer shares and fetches without a server or an account.',
  version: 'Version',
  peer: 'Your peer',
  home: 'Home folder',
  since: 'Running since',
  memory: 'Memory in use',
  licence: 'Licence',
  mit: 'MIT: you may use, change and pass it on.',
}
