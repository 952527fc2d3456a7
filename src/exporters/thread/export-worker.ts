import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../common/clock.js'
import type { EncodedContext } from '../otlp/export-request.js'
import { openOtlpDestination } from '../otlp/open-otlp-destination.js'
import { RingDrain, type RingDrainEvents } from './ring-drain.js'
import type { RingSetup } from './ring-setup.js'
import type { FromThread, ToThread } from './thread-messages.js'

/** The export thread: one a process, it drains all rings. It ends when the thread that started it lets it. */

const contexts = new Map<number, EncodedContext>()
const drains = new Map<number, RingDrain>()

function tell(message: FromThread): void {
  parentPort?.postMessage(message)
}

async function attach(setup: RingSetup): Promise<void> {
  const events: RingDrainEvents = {
    moved: () => tell({ type: 'moved', ring: setup.id }),
    failed: (records, reason) => tell({ type: 'failed', ring: setup.id, records, reason }),
  }
  const destination = await openOtlpDestination(setup.destination, setup.exportTimeoutMillis, systemClock)
  const drain = new RingDrain(setup, destination, contexts, events, systemClock)
  drains.set(setup.id, drain)
  await drain.run()
}

parentPort?.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'attach':
      void attach(message.setup)
      break
    case 'detach':
      drains.get(message.id)?.stop()
      drains.delete(message.id)
      break
    case 'context':
      contexts.set(message.id, message.context)
      for (const drain of drains.values()) drain.lookAgain()
      break
  }
})
