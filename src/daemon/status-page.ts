import type { FastifyInstance } from 'fastify'

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Peerage</title>
<link rel="stylesheet" href="/status.css">
<main>
  <h1>Peerage</h1>
  <p>This computer is a full peer of a network of equals: it shares files and folders, and fetches them from every
    peer that holds them. No server, no account.</p>
  <section id="closed">
    <p>To see what this peer is doing, open this page with the address that <code>peerage start</code> or
      <code>peerage status</code> prints: it carries the key to this page.</p>
  </section>
  <dl id="status" hidden></dl>
  <section id="next" hidden>
    <h2>In a terminal</h2>
    <pre>peerage share FOLDER      share it and print a link
peerage get LINK          fetch what a link names
peerage list              what is here</pre>
  </section>
</main>
<script src="/status.js"></script>
</html>
`

const css = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem }
dt { opacity: .7 } dd { margin: 0; overflow-wrap: anywhere }
pre { padding: 1rem; border: 1px solid #8884; border-radius: .4rem; overflow-x: auto }
`

/** Texts are set as text, never as markup: names come from the network. */
const script = `'use strict'
const given = new URLSearchParams(location.hash.slice(1)).get('token')
if (given) { sessionStorage.setItem('token', given); history.replaceState(null, '', '/') }
const token = sessionStorage.getItem('token')
const list = document.getElementById('status')
function row(name, value) {
  const dt = document.createElement('dt'), dd = document.createElement('dd')
  dt.textContent = name; dd.textContent = value
  list.append(dt, dd)
}
async function show() {
  if (!token) return
  const answer = await fetch('/api/daemon/status', {
    method: 'POST', body: '{}', headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' } })
  if (!answer.ok) return
  const status = await answer.json()
  list.replaceChildren()
  row('Peer', status.peerId)
  row('Version', status.version)
  row('Home', status.home)
  row('Running since', new Date(status.startedAt).toLocaleString())
  row('Connected peers', String(status.connections.length))
  for (const address of status.addresses) row('Address', address)
  list.hidden = false
  document.getElementById('next').hidden = false
  document.getElementById('closed').hidden = true
}
show()
setInterval(show, 3000)
`

/** The page at `/` until the web app takes its place: what this is, and how it goes. No external resources. */
export function servePage(app: FastifyInstance): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(html))
  app.get('/status.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(css))
  app.get('/status.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script))
}
