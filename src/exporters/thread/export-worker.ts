import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../common/clock.js'
import { openOtlpDestination } from '../otlp/open-otlp-destination.js'
import type { Destination } from './destination.js'
import { RingDrains } from './ring-drains.js'
import type { RingSetup } from './ring-setup.js'
import type { ToThread } from './thread-messages.js'
import { answer, type VitalsOfThread } from './thread-vitals.js'
import { UnusableDestination } from './unusable-destination.js'

/** The export thread: one a process, it drains all rings. It ends when the thread that started it lets it. */

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

const drains = new RingDrains(openDestination, (message) => parentPort?.postMessage(message), systemClock)

parentPort?.on('message', (message: ToThread) => drains.receive(message))
