import { ExportResultCode } from '@opentelemetry/core'
import { type ExportCall, failure, SUCCESS } from './controlled-exporter.js'

/** What an exporter can do instead of what it should, and whether the records count as exported then. */
export const MISBEHAVIOURS: Readonly<
  Record<string, { readonly exported: boolean; misbehave(call: ExportCall): void }>
> = {
  throws: {
    exported: false,
    misbehave: () => {
      throw new Error('cannot')
    },
  },
  'throws nothing at all': {
    exported: false,
    misbehave: () => {
      throw undefined
    },
  },
  'answers, then throws': {
    exported: true,
    misbehave: ({ answer }) => {
      answer(SUCCESS)
      throw new Error('after all')
    },
  },
  'answers twice': {
    exported: true,
    misbehave: ({ answer }) => {
      answer(SUCCESS)
      answer(failure())
    },
  },
  'answers twice, later': {
    exported: false,
    misbehave: ({ answer }) => {
      setImmediate(() => answer(failure()))
      setImmediate(() => answer(SUCCESS))
    },
  },
  'answers with undefined': {
    exported: false,
    misbehave: ({ answer }) => Reflect.apply(answer, undefined, []),
  },
  'answers with a code that there is not': {
    exported: false,
    misbehave: ({ answer }) => Reflect.apply(answer, undefined, [{ code: 7 }]),
  },
  'answers with a result that throws when it is read': {
    exported: false,
    misbehave: ({ answer }) => {
      const result = throwing({ code: ExportResultCode.SUCCESS })
      setImmediate(() => answer(result))
    },
  },
  'fails with an error that throws when it is read': {
    exported: false,
    misbehave: ({ answer }) => {
      const error = throwing(new Error('unreadable'))
      setImmediate(() => answer(failure(error)))
    },
  },
  'fails with half a record': {
    exported: false,
    misbehave: ({ answer }) => answer(failure(Object.assign(new Error('odd'), { failedRecords: 0.5 }))),
  },
}

/** The same object, as one that throws whenever somebody looks. */
function throwing<T extends object>(target: T): T {
  const refuse = () => {
    throw new Error('not for you')
  }
  return new Proxy(target, { get: refuse, has: refuse, getPrototypeOf: refuse })
}
