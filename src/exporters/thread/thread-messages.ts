import type { EncodedContext } from '../otlp/encoded-batch.js'
import type { Diagnostic } from './relayed-diagnostics.js'
import type { RingSetup } from './ring-setup.js'

/** What the export thread is told. */
export type ToThread =
  /** Drain this ring from now on. */
  | { readonly type: 'attach'; readonly setup: RingSetup }
  /** Stop that, and let go of it; `detached` is the answer. */
  | { readonly type: 'detach'; readonly id: number }
  /** Records of this context can be exported from now on. */
  | { readonly type: 'context'; readonly id: number; readonly context: EncodedContext }
  | FinishMessage

/** Have the destination of this ring finish what it keeps back itself; `finished` is the answer. */
export interface FinishMessage {
  readonly type: 'finish'
  readonly id: number
  readonly call: number
  readonly how: 'forceFlush' | 'shutdown'
}

/** What it tells. */
export type FromThread =
  | { readonly type: 'moved'; readonly ring: number }
  | { readonly type: 'failed'; readonly ring: number; readonly records: number; readonly reason: string }
  /** `failure` is why the destination could not finish, if it could not. */
  | { readonly type: 'finished'; readonly call: number; readonly failure?: string }
  /** Nothing of this ring's memory will be touched any more: no delivery from it is under way. */
  | { readonly type: 'detached'; readonly ring: number }
  | ({ readonly type: 'diagnostic' } & Diagnostic)
