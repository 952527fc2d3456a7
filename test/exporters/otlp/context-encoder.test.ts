import { deepStrictEqual, throws } from 'node:assert/strict'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { decodedContext } from '#src/exporters/otlp/context-decoder.js'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'

const scope = { name: 'test' }

/** A resource whose attributes are what `get` returns, or throws. */
function resourceWith(get: () => unknown) {
  return Object.defineProperty(resourceFromAttributes({}), 'attributes', { get })
}

describe('the encoding of a resource', () => {
  const encoded = (attributes: Record<string, unknown>) =>
    decodedContext(
      encodeContext(
        resourceWith(() => attributes),
        scope,
      ),
    ).resource.attributes

  const refusing = new Proxy(
    {},
    {
      has: () => {
        throw new Error('refused')
      },
      getPrototypeOf: () => {
        throw new Error('refused')
      },
    },
  )
  const left: readonly (readonly [title: string, value: unknown])[] = [
    ['has more values than a record may have', Array(70_000).fill(1)],
    ['is longer than all of it may be', 'x'.repeat(17 * 1024 * 1024)],
    ['is still a promise', Promise.resolve(1)],
  ]
  for (const [title, value] of left) {
    it(`leaves out an attribute that ${title}, and no other`, () => {
      deepStrictEqual(encoded({ 'service.name': 'shop', odd: value, 'service.version': '1' }), {
        'service.name': 'shop',
        'service.version': '1',
      })
    })
  }

  it('says that an attribute cannot be read, and has the others', () => {
    deepStrictEqual(encoded({ 'service.name': 'shop', odd: refusing }), {
      'service.name': 'shop',
      odd: '[unreadable]',
    })
  })

  it('throws where there is no stack left, rather than leave everything out for good', () => {
    const resource = resourceWith(() => {
      throw new RangeError('Maximum call stack size exceeded')
    })
    throws(() => encodeContext(resource, scope), RangeError)
  })

  it('has no attributes where they cannot be read at all', () => {
    const resource = resourceWith(() => {
      throw new Error('refused')
    })
    deepStrictEqual(decodedContext(encodeContext(resource, scope)).resource.attributes, {})
  })
})
