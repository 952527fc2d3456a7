import type { Clock } from '../../common/clock.js'
import { FileTarget } from '../file-target.js'
import { openOtlpDestination } from '../otlp/open-otlp-destination.js'
import { systemPlatform } from '../platform.js'
import type { Destination } from './destination.js'
import { ExporterDestination } from './exporter-destination.js'
import { InFlightSlots } from './in-flight-slots.js'
import { LineDestination } from './line-destination.js'
import { LineWriters } from './line-writers.js'
import { ModuleLogRecordExporter } from './module-log-record-exporter.js'
import type { RingSetup } from './ring-setup.js'
import { ThreadStreamTarget } from './thread-stream-target.js'

const writers = new LineWriters(systemPlatform)

/**
 * Makes the destination of a ring, on the thread that is to export there.
 *
 * @param unusable told, once, if a module of the application's turns out to be of no use.
 */
export async function openDestination(
  {
    destination,
    exportTimeoutMillis,
    slots,
  }: Pick<RingSetup, 'destination' | 'exportTimeoutMillis' | 'slots'>,
  clock: Clock,
  unusable: (why: string) => void,
): Promise<Destination> {
  // What is in flight already is left from a thread that died, perhaps in the middle of writing it.
  const isSuccessor = new InFlightSlots(slots).counts.inFlight > 0
  switch (destination.kind) {
    case 'otlp':
      return openOtlpDestination(destination, exportTimeoutMillis, clock)
    case 'file': {
      const target = new FileTarget(destination.path, systemPlatform.fileSystem, destination.rotate)
      return new LineDestination(writers.open(target, isSuccessor), destination.format)
    }
    case 'stream': {
      const target = new ThreadStreamTarget(destination.stream, systemPlatform.fileSystem)
      return new LineDestination(writers.open(target, isSuccessor), destination.format)
    }
    case 'module':
      return new ExporterDestination(
        new ModuleLogRecordExporter(destination, unusable),
        { timeoutMillis: exportTimeoutMillis, concurrency: slots.slots },
        clock,
      )
  }
}
