// Writes vectors.json: bytes that the npm packages of package.json make, and what they say.
//
//     npm install --no-package-lock && node make.mjs
//
// `frames` are single messages; `awareness` are awareness updates; `recordings` are what a real
// provider sends (`client`) when it is told what a server says (`server`), in order.

import { readFileSync, writeFileSync } from 'node:fs'
import { HocuspocusProvider } from '@hocuspocus/provider'
import { writeAuthenticated, writeAuthentication, writePermissionDenied, writeTokenSyncRequest } from '@hocuspocus/common'
import * as encoding from 'lib0/encoding'
import * as auth from 'y-protocols/auth'
import * as awarenessProtocol from 'y-protocols/awareness'
import * as sync from 'y-protocols/sync'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const bytes = (text) => Uint8Array.from(Buffer.from(text, 'hex'))
const built = (write) => encoding.encode(write)

// Documents whose bytes are the same each time.
const doc = (client, entries) => {
  const doc = new Y.Doc()
  doc.clientID = client
  for (const [key, value] of Object.entries(entries)) doc.getMap('annotations').set(key, value)
  return doc
}
const point = { layer: 1, shape: 'point', vertices: [[0.5, 12, -3.25]] }
const server = doc(9, { there: { ...point, text: 'älter' } })
const empty = new Y.Doc()
const vector = Y.encodeStateVector(server)
const update = Y.encodeStateAsUpdate(server)

// Single frames.
const frames = []
const frame = (name, dialect, message, write) => frames.push({ name, dialect, hex: hex(built(write)), message })
const y = (name, message, write) => frame(`y-${name}`, 'y', message, write)
const hocuspocus = (name, message, write) => frame(`hocuspocus-${name}`, 'hocuspocus', { address: 'annotations', ...message }, (e) => {
  encoding.writeVarString(e, 'annotations')
  write(e)
})
const steps = (make, type) => {
  make('step1-empty', { type, kind: 'step1', bytes: '00' }, (e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep1(e, empty) })
  make('step1', { type, kind: 'step1', bytes: hex(vector) }, (e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep1(e, server) })
  make('step2', { type, kind: 'step2', bytes: hex(update) }, (e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep2(e, server) })
  make('update', { type, kind: 'update', bytes: hex(update) }, (e) => { encoding.writeVarUint(e, 0); sync.writeUpdate(e, update) })
  make('query-awareness', { type: 'query-awareness' }, (e) => encoding.writeVarUint(e, 3))
}
steps(y, 'sync')
y('denied', { type: 'denied', reason: 'locked: the layer is locked' }, (e) => {
  encoding.writeVarUint(e, 2)
  auth.writePermissionDenied(e, 'locked: the layer is locked')
})
steps(hocuspocus, 'sync')
hocuspocus('token', { type: 'token', token: 'a.b.c', version: '4.8.0' }, (e) => {
  encoding.writeVarUint(e, 2)
  writeAuthentication(e, 'a.b.c')
  encoding.writeVarString(e, '4.8.0')
})
hocuspocus('token-request', { type: 'token-request' }, (e) => { encoding.writeVarUint(e, 2); writeTokenSyncRequest(e) })
hocuspocus('permission-denied', { type: 'denied', reason: 'expired' }, (e) => { encoding.writeVarUint(e, 2); writePermissionDenied(e, 'expired') })
for (const scope of ['readonly', 'read-write']) {
  hocuspocus(scope, { type: 'authenticated', readonly: scope === 'readonly' }, (e) => { encoding.writeVarUint(e, 2); writeAuthenticated(e, scope) })
}
hocuspocus('stateless', { type: 'stateless', text: '{"type":"denied"}' }, (e) => { encoding.writeVarUint(e, 5); encoding.writeVarString(e, '{"type":"denied"}') })
hocuspocus('close', { type: 'close', reason: null }, (e) => encoding.writeVarUint(e, 7))
hocuspocus('close-reason', { type: 'close', reason: 'archived' }, (e) => { encoding.writeVarUint(e, 7); encoding.writeVarString(e, 'archived') })
for (const saved of [true, false]) {
  hocuspocus(`status-${saved}`, { type: 'status', saved }, (e) => { encoding.writeVarUint(e, 8); encoding.writeVarUint(e, saved ? 1 : 0) })
}

// Awareness updates.
const awareness = []
const states = new Map([[1001, { user: { name: 'Ada', color: '#ff0000' }, cursor: [0.5, 12] }], [4294967295, {}]])
const meta = new Map([[1001, { clock: 3 }], [4294967295, { clock: 0 }], [77, { clock: 200 }]])
const entries = (clients) => clients.map((client) => ({ client, clock: meta.get(client).clock, state: JSON.stringify(states.get(client) ?? null) }))
for (const clients of [[], [1001], [77], [1001, 4294967295, 77]]) {
  const update = awarenessProtocol.encodeAwarenessUpdate({ states, meta }, clients)
  awareness.push({ name: `awareness-of-${clients.length}-${clients[0] ?? 'none'}`, hex: hex(update), entries: entries(clients) })
  y(`awareness-${clients.length}-${clients[0] ?? 'none'}`, { type: 'awareness', bytes: hex(update) }, (e) => {
    encoding.writeVarUint(e, 1)
    encoding.writeVarUint8Array(e, update)
  })
}
hocuspocus('awareness', { type: 'awareness', bytes: awareness[1].hex }, (e) => { encoding.writeVarUint(e, 1); encoding.writeVarUint8Array(e, bytes(awareness[1].hex)) })

// Real providers on a socket that only writes down.
let steps_ = []
const note = (from, data, what) => steps_.push({ from, what, hex: hex(data) })
class Socket {
  constructor () { Socket.last = this; this.readyState = 1; this.listeners = {} }
  static OPEN = 1
  OPEN = 1
  addEventListener (name, listener) { this.listeners[name] = listener }
  removeEventListener () {}
  close () {}
  send (data) { note('client', data, Socket.what) }
  emit (name, event) { (this[`on${name}`] ?? this.listeners[name])?.(event) }
  say (what, data) {
    note('server', data, what)
    Socket.what = `answer to ${what}`
    this.emit('message', { data: data.slice().buffer })
  }
}
const later = () => new Promise((resolve) => setTimeout(resolve, 5))
const recordings = []
const record = async (name, dialect, run) => {
  steps_ = []
  await run()
  recordings.push({ name, dialect, steps: steps_ })
}
const others = () => awarenessProtocol.encodeAwarenessUpdate({ states, meta }, [1001])

await record('y-websocket', 'y', async () => {
  const own = doc(2001, { offline: point })
  Socket.what = 'open'
  const provider = new WebsocketProvider('ws://x', 'annotations', own, { WebSocketPolyfill: Socket, disableBc: true })
  provider.awareness.setLocalState({ user: { name: 'Mallory', color: '#000' }, cursor: null })
  Socket.last.emit('open')
  Socket.last.say('step1', built((e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep1(e, server) }))
  Socket.last.say('step2', built((e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep2(e, server, Y.encodeStateVector(own)) }))
  Socket.what = 'edit'
  own.getMap('annotations').set('a-1', { ...point, text: 'new' })
  own.getMap('annotations').set('there', { ...point, text: 'changed' })
  own.getMap('annotations').delete('offline')
  Socket.what = 'cursor'
  provider.awareness.setLocalStateField('cursor', [1.5, 2])
  Socket.last.say('awareness of others', built((e) => { encoding.writeVarUint(e, 1); encoding.writeVarUint8Array(e, others()) }))
  Socket.last.say('query awareness', built((e) => encoding.writeVarUint(e, 3)))
  console.warn = () => {}
  Socket.last.say('denied', built((e) => { encoding.writeVarUint(e, 2); auth.writePermissionDenied(e, 'no') }))
  Socket.last.say('keep alive', bytes('010100'))
  Socket.what = 'gone'
  provider.awareness.setLocalState(null)
  provider.destroy()
})

await record('hocuspocus', 'hocuspocus', async () => {
  const own = doc(3001, { offline: point })
  const unsynced = []
  Socket.what = 'open'
  const provider = new HocuspocusProvider({ url: 'ws://x', name: 'annotations', document: own, token: 'a.b.c', WebSocketPolyfill: Socket, onUnsyncedChanges: ({ number }) => unsynced.push(number) })
  provider.awareness.setLocalState({ user: { name: 'Mallory', color: '#000' } })
  await later()
  steps_ = []
  Socket.last.emit('open', {})
  await later()
  const say = (what, write) => Socket.last.say(what, built((e) => { encoding.writeVarString(e, 'annotations'); write(e) }))
  say('authenticated', (e) => { encoding.writeVarUint(e, 2); writeAuthenticated(e, 'read-write') })
  say('step2', (e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep2(e, server, Y.encodeStateVector(own)) })
  say('step1', (e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep1(e, server) })
  say('saved', (e) => { encoding.writeVarUint(e, 8); encoding.writeVarUint(e, 1) })
  if (provider.hasUnsyncedChanges) throw new Error('one status settles the first exchange')
  Socket.what = 'edit'
  own.getMap('annotations').set('a-1', { ...point, text: 'new' })
  own.getMap('annotations').delete('offline')
  say('saved', (e) => { encoding.writeVarUint(e, 8); encoding.writeVarUint(e, 1) })
  say('not saved', (e) => { encoding.writeVarUint(e, 8); encoding.writeVarUint(e, 0) })
  if (provider.unsyncedChanges !== 1) throw new Error('what is not saved stays counted')
  say('saved', (e) => { encoding.writeVarUint(e, 8); encoding.writeVarUint(e, 1) })
  say('stateless', (e) => { encoding.writeVarUint(e, 5); encoding.writeVarString(e, '{}') })
  say('keep alive', (e) => { encoding.writeVarUint(e, 1); encoding.writeVarUint8Array(e, Uint8Array.of(0)) })
  Socket.last.say('ping', Uint8Array.of(9))
  Socket.what = 'gone'
  provider.configuration.websocketProvider.detach(provider)
})

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url)))
const all = { made_by: dependencies, frames, awareness, recordings }
writeFileSync(new URL('vectors.json', import.meta.url), `${JSON.stringify(all, null, 1)}\n`)
process.exit(0)
