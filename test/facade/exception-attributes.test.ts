import assert from 'node:assert/strict'
import { exceptionAttributes } from '#src/facade/exception-attributes.js'

class OutOfStockError extends Error {}

describe('what was thrown, as attributes', () => {
  it('that cannot be read: a message that says so', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    assert.deepEqual(exceptionAttributes(proxy), { 'exception.message': '[unreadable]' })
  })

  it('whose parts cannot be read: the others', () => {
    const error = Object.defineProperty(new TypeError('broken'), 'stack', {
      get() {
        throw new Error('no stack')
      },
    })
    assert.deepEqual(exceptionAttributes(error), {
      'exception.type': 'TypeError',
      'exception.message': 'broken',
    })
  })

  it('whose parts are no texts: as if it had none', () => {
    const { 'exception.stacktrace': stack } = exceptionAttributes(
      Object.assign(new Error('x'), { stack: [1] }),
    )
    assert.equal(stack, undefined)
  })

  const primitives: [unknown, string][] = [
    ['out of stock', 'out of stock'],
    [42, '42'],
    [null, 'null'],
    [undefined, 'undefined'],
    [10n, '10'],
    [Symbol('s'), 'Symbol(s)'],
  ]

  for (const [thrown, message] of primitives) {
    it(`${typeof thrown} ${message}: the message`, () => {
      assert.equal(exceptionAttributes(thrown)['exception.message'], message)
      assert.equal(exceptionAttributes(thrown)['exception.stacktrace'], undefined)
    })
  }

  it('an object that is no error: what it holds is the message', () => {
    assert.deepEqual(exceptionAttributes({ status: 404, at: new Date(0) }), {
      'exception.type': 'Object',
      'exception.message': '{"status":404,"at":"1970-01-01T00:00:00.000Z"}',
    })
  })

  it('an object shaped like an error, of another realm for example: the same as an error', () => {
    assert.deepEqual(exceptionAttributes({ name: 'Foreign', message: 'from afar', stack: 'here' }), {
      'exception.type': 'Foreign',
      'exception.message': 'from afar',
      'exception.stacktrace': 'here',
    })
  })

  it('an error of a class that sets no name: the name of the class', () => {
    const { 'exception.type': type } = exceptionAttributes(new OutOfStockError('none left'))
    assert.equal(type, 'OutOfStockError')
  })

  it('an error with causes: their stack traces below its own', () => {
    const root = new Error('root')
    const middle = new Error('middle', { cause: root })
    const error = new Error('outer', { cause: middle })
    assert.equal(
      exceptionAttributes(error)['exception.stacktrace'],
      `${error.stack}\nCaused by: ${middle.stack}\nCaused by: ${root.stack}`,
    )
  })

  it('causes that go in a circle: a few of them', () => {
    const error = new Error('ouroboros')
    error.cause = error
    const trace = String(exceptionAttributes(error)['exception.stacktrace'])
    assert.equal(trace.split('Caused by:').length, 9)
  })
})
