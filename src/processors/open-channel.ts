import type { Clock } from '../common/clock.js'
import { isDescription } from '../exporters/exporter-description.js'
import type { Channel } from './channel.js'
import { InProcessQueue } from './in-process-queue.js'
import type { Ledger } from './ledger.js'
import type { LossReporter } from './loss-reporter.js'
import type { QueueSettings } from './queue-options.js'
import { ThreadQueue } from './thread-queue.js'

/** Opens the channel of one processor. */
export type OpenChannel = (
  settings: QueueSettings,
  ledger: Ledger,
  loss: LossReporter,
  clock: Clock,
) => Channel

/** Opens the channel that goes with the exporter: an object runs on this thread, a description on the export thread. */
export const openChannel: OpenChannel = (settings, ledger, loss, clock) => {
  const { exporter } = settings
  return isDescription(exporter)
    ? new ThreadQueue(exporter, settings, ledger, loss, clock)
    : new InProcessQueue(exporter, settings, ledger, loss, clock)
}
