import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../common/clock.js'
import { failureReason } from '../failure-reason.js'
import type { EncodedContext } from '../otlp/export-request.js'
import type { Destination } from './destination.js'
import { openDestination } from './open-destination.js'
import { relayDiagnostics } from './relayed-diagnostics.js'
import { RingDrain, type RingDrainEvents } from './ring-drain.js'
import type { RingSetup } from './ring-setup.js'
import { markAsExportThread } from './this-thread.js'
import type { FinishMessage, FromThread, ToThread } from './thread-messages.js'
import { answer, type VitalsOfThread } from './thread-vitals.js'
import { UnusableDestination } from './unusable-destination.js'

/**
 * An export thread: the one of the process drains all rings but those whose destination is code of the application's,
 * which have one each. It ends when the thread that started it lets it.
 */
markAsExportThread()

const contexts = new Map<number, EncodedContext>()
const drains = new Map<number, Promise<RingDrain>>()

function tell(message: FromThread): void {
  parentPort?.postMessage(message)
}

async function openDrain(setup: RingSetup): Promise<RingDrain> {
  const events: RingDrainEvents = {
    moved: () => tell({ type: 'moved', ring: setup.id }),
    failed: (records, reason) => tell({ type: 'failed', ring: setup.id, records, reason }),
  }
  return new RingDrain(setup, await destinationOf(setup), contexts, events, systemClock)
}

/** One that cannot be made is no reason for the thread to end: it would be started again, and again. */
async function destinationOf(setup: RingSetup): Promise<Destination> {
  // On a thread of the application's code, `diag` is the application's.
  if (setup.destination.kind !== 'module') relayDiagnostics((it) => tell({ type: 'diagnostic', ...it }))
  const unusable = (why: string) =>
    tell({ type: 'diagnostic', level: 'error', message: `otel-sluice: ${why}` })
  try {
    return await openDestination(setup, systemClock, unusable)
  } catch (error) {
    return new UnusableDestination(failureReason(error))
  }
}

async function finish({ id, call, how }: FinishMessage): Promise<void> {
  try {
    await (await drains.get(id))?.finish(how)
    tell({ type: 'finished', call })
  } catch (error) {
    tell({ type: 'finished', call, failure: failureReason(error) })
  }
}

const vitals: VitalsOfThread = workerData
void answer(vitals)

parentPort?.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'attach': {
      const drain = openDrain(message.setup)
      drains.set(message.setup.id, drain)
      void drain.then((opened) => opened.run())
      break
    }
    case 'detach':
      void drains.get(message.id)?.then((opened) => opened.stop())
      drains.delete(message.id)
      break
    case 'finish':
      void finish(message)
      break
    case 'context':
      contexts.set(message.id, message.context)
      for (const drain of drains.values()) void drain.then((opened) => opened.lookAgain())
      break
  }
})
