// An OTLP receiver that never answers.
import { createServer } from 'node:http'
import { tell } from '../support/child.js'

const server = createServer((request) => request.resume())
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  tell({ port: address !== null && typeof address === 'object' ? address.port : Number.NaN })
})
