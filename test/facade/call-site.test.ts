import assert from 'node:assert/strict'
import { callSiteAttributes } from '#src/facade/call-site.js'

/** Stands for a call of the facade. */
function entry(): ReturnType<typeof callSiteAttributes> {
  return callSiteAttributes(entry)
}

describe('the call site', () => {
  it('is unknown when the entry point was not called from anywhere', () => {
    assert.deepEqual(
      callSiteAttributes(() => {}),
      {},
    )
  })

  it('is that of the caller of the entry point, however many frames the application keeps', () => {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      assert.equal(entry()['code.function.name'], undefined)
      assert.match(String(entry()['code.file.path']), /call-site\.test\.ts$/)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  })

  it('is told in a method and in a function', () => {
    const shop = {
      order() {
        return entry()
      },
    }
    assert.match(String(shop.order()['code.function.name']), /order$/)
  })

  it('leaves the stack traces of the application as they were', () => {
    const { prepareStackTrace, stackTraceLimit } = Error
    const prepare = () => 'prepared by the application'
    Error.prepareStackTrace = prepare
    Error.stackTraceLimit = 7
    try {
      entry()
      assert.equal(Error.prepareStackTrace, prepare)
      assert.equal(Error.stackTraceLimit, 7)
    } finally {
      Error.prepareStackTrace = prepareStackTrace
      Error.stackTraceLimit = stackTraceLimit
    }
  })
})
