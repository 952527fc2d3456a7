import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../common/clock.js'
import type { EncodedContext } from '../otlp/export-request.js'
import { openOtlpDestination } from '../otlp/open-otlp-destination.js'
import type { Destination } from './destination.js'
import { RingDrain, type RingDrainEvents } from './ring-drain.js'
import type { RingSetup } from './ring-setup.js'
import type { FromThread, ToThread } from './thread-messages.js'
import { answer, type VitalsOfThread } from './thread-vitals.js'
import { UnusableDestination } from './unusable-destination.js'

/** The export thread: one a process, it drains all rings. It ends when the thread that started it lets it. */

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
  return new RingDrain(setup, await openDestination(setup), contexts, events, systemClock)
}

/** One that cannot be made is no reason for the thread to end: it would be started again, and again. */
async function openDestination(setup: RingSetup): Promise<Destination> {
  try {
    return await openOtlpDestination(setup.destination, setup.exportTimeoutMillis, systemClock)
  } catch (error) {
    return new UnusableDestination(error instanceof Error ? error.name : 'error')
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
    case 'context':
      contexts.set(message.id, message.context)
      for (const drain of drains.values()) void drain.then((opened) => opened.lookAgain())
      break
  }
})
