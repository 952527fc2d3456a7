import type { ExporterDescription } from '../exporter-description.js'
import type { SlotsMemory } from './in-flight-slots.js'
import type { AccountsMemory } from './shared-accounts.js'
import type { DurationsMemory } from './shared-durations.js'
import type { RingMemory } from './shared-ring.js'

/** All that the export thread has to know of one ring. */
export interface RingSetup {
  readonly id: number
  readonly ring: RingMemory
  readonly slots: SlotsMemory
  readonly accounts: AccountsMemory
  readonly durations: DurationsMemory
  readonly scheduledDelayMillis: number
  /** How long one attempt to export may take. */
  readonly exportTimeoutMillis: number
  readonly destination: ExporterDescription
}
