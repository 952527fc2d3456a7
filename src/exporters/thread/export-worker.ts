import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../common/clock.js'
import { failureReason } from '../failure-reason.js'
import type { Destination } from './destination.js'
import { openDestination } from './open-destination.js'
import { relayDiagnostics } from './relayed-diagnostics.js'
import { RingDrains } from './ring-drains.js'
import type { RingSetup } from './ring-setup.js'
import { markAsExportThread } from './this-thread.js'
import type { FromThread, ToThread } from './thread-messages.js'
import { answer, type VitalsOfThread } from './thread-vitals.js'
import { UnusableDestination } from './unusable-destination.js'

/**
 * An export thread: the one of the process drains all rings but those whose destination is code of the application's,
 * which have one each. It ends when the thread that started it lets it.
 */
markAsExportThread()

function tell(message: FromThread): void {
  parentPort?.postMessage(message)
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

const vitals: VitalsOfThread = workerData
void answer(vitals)

const drains = new RingDrains(destinationOf, tell, systemClock)

parentPort?.on('message', (message: ToThread) => drains.receive(message))
