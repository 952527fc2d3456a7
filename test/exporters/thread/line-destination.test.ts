import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { FileTarget } from '#src/exporters/file-target.js'
import type { Delivered } from '#src/exporters/thread/destination.js'
import { LineDestination } from '#src/exporters/thread/line-destination.js'
import { LineWriters } from '#src/exporters/thread/line-writers.js'
import { encodedBatch } from '../../support/encoded-batch.js'
import { logRecord } from '../../support/log-records.js'
import { ScriptedPlatform } from '../../support/scripted-platform.js'

describe('LineDestination, given up while its target takes nothing,', () => {
  it('lets go of the batch, and leaves its lines to the writer that another one shares', async () => {
    const platform = new ScriptedPlatform()
    const writers = new LineWriters(platform)
    const open = () => writers.open(new FileTarget('/app.log', platform.fileSystem), false)
    const [first, second] = [open(), open()].map((writer) => new LineDestination(writer, 'readable'))
    const giveUp = new AbortController()
    const settled: Delivered[] = []
    const batch = encodedBatch([logRecord({ body: 'one' }), logRecord({ body: 'two' })])
    const delivered = first?.deliver(batch, (it) => settled.push(it), giveUp.signal)
    strictEqual(platform.backgroundWrites, 1)

    giveUp.abort()
    await delivered
    first?.close()
    deepStrictEqual(settled, [], 'what is left is not settled')
    deepStrictEqual(getEventListeners(giveUp.signal, 'abort'), [])

    batch.bytes.fill(0)
    platform.arriveInBackground()()
    deepStrictEqual(platform.lines.join().match(/one|two/g), ['one', 'two'])
    second?.close()
  })

  it('keeps nothing of the signal once the lines are out', async () => {
    const platform = new ScriptedPlatform()
    const writer = new LineWriters(platform).open(new FileTarget('/app.log', platform.fileSystem), false)
    const destination = new LineDestination(writer, 'readable')
    const { signal } = new AbortController()
    const settled: Delivered[] = []
    const batch = encodedBatch([logRecord({ body: 'one' })])
    const delivered = destination.deliver(batch, (it) => settled.push(it), signal)
    platform.arriveInBackground()()
    await delivered
    deepStrictEqual(settled, [{ exported: 1, failed: 0 }])
    deepStrictEqual(getEventListeners(signal, 'abort'), [])
    destination.close()
  })
})
