import assert from 'node:assert/strict'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import type { Loss } from 'otel-sluice'
import { ManualClock } from '../../support/manual-clock.js'
import { captureDiagnostics } from './captured-diagnostics.js'
import { ControlledExporter, failure, obligingExporter } from './controlled-exporter.js'
import { emit, emitNumbers, emittedRecord } from './emitted-records.js'
import type { MakeProcessor } from './subject.js'
import { whilePassing, whileTurning } from './turning.js'

/** How loss is told: through `diag`, and through `onDrop`. */
export function lossIsTold(name: string, make: MakeProcessor): void {
  const quiet = { name: 'tested', metrics: false, exitHook: false }

  describe(`${name} tells of loss:`, () => {
    let diagnostics: ReturnType<typeof captureDiagnostics>

    beforeEach(() => {
      diagnostics = captureDiagnostics()
    })

    afterEach(() => diagnostics.stop())

    it('an episode is told once when it starts and once, with the counts, when nothing has been lost for a while', async () => {
      const clock = new ManualClock()
      const processor = make({ ...quiet, exporter: obligingExporter(), maxQueueSize: 4 }, clock)
      emitNumbers(processor, 10)
      assert.deepEqual(diagnostics.messages, [], 'not from inside onEmit')
      await clock.turn()
      assert.deepEqual(diagnostics.messages, ['otel-sluice: tested is losing log records (queue_full)'])
      for (let second = 0; second < 3; second++) {
        await clock.advance(1_000)
        emitNumbers(processor, 7)
      }
      assert.equal(diagnostics.said.length, 1)
      await clock.advance(4_900)
      assert.equal(diagnostics.said.length, 1, 'not over yet')
      await clock.advance(3_000)
      assert.deepEqual(diagnostics.messages.slice(1), [
        'otel-sluice: tested lost 15 log records in an episode of 9 s that is over now (queue_full: 15)',
      ])
      assert.equal(processor.stats().dropped.queue_full, 15)

      emitNumbers(processor, 5)
      await clock.advance(20_000)
      assert.deepEqual(diagnostics.messages.slice(2), [
        'otel-sluice: tested is losing log records (queue_full)',
        'otel-sluice: tested lost 1 log records in an episode of 5 s that is over now (queue_full: 1)',
      ])
      await whileTurning(clock, processor.shutdown())
      assert.equal(diagnostics.said.length, 4)
    })

    it('an episode that is open at shutdown is told as over then', async () => {
      const clock = new ManualClock()
      const processor = make({ ...quiet, exporter: obligingExporter(), maxQueueSize: 4 }, clock)
      emitNumbers(processor, 6)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(diagnostics.messages, [
        'otel-sluice: tested is losing log records (queue_full)',
        'otel-sluice: tested lost 2 log records in an episode of 0 s that is over now (queue_full: 2)',
      ])
      assert.equal(clock.pendingTimers, 0)
    })

    it('every reason has a part in the counts, and so have records that the exporter failed', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      exporter.onExport = ({ answer }) => answer(failure(Object.assign(new Error('no'), { code: 503 })))
      const processor = make({ ...quiet, exporter, maxQueueSize: 3 }, clock)
      emitNumbers(processor, 2)
      processor.onEmit(emittedRecord({ body: new Array<string>(70_000).fill('') }))
      processor.onEmit(emittedRecord({ hrTime: [Number.NaN, 0] }))
      emitNumbers(processor, 3)
      await clock.advance(30_000)
      const [start, end] = diagnostics.messages
      assert.equal(start, 'otel-sluice: tested is losing log records (record_too_large)')
      // The failure may be known at the first look at the counts, or at the second, which makes it a second longer.
      assert.match(
        end ?? '',
        /lost 7 log records in an episode of [56] s that is over now \(queue_full: 2, record_too_large: 1, invalid: 1, failed: 3\)$/,
      )
      emitNumbers(processor, 1)
      await clock.advance(1_000)
      assert.equal(
        diagnostics.messages[2],
        'otel-sluice: tested is losing log records (failed: Error 503)',
        'what kind of error it was',
      )
      await whileTurning(clock, processor.shutdown()).catch(() => undefined)
    })

    it('records that come after shutdown are told of once', async () => {
      const clock = new ManualClock()
      const processor = make({ ...quiet, exporter: obligingExporter() }, clock)
      await whileTurning(clock, processor.shutdown())
      emitNumbers(processor, 5)
      await clock.settle()
      emitNumbers(processor, 5)
      await clock.advance(20_000)
      assert.deepEqual(diagnostics.messages, [
        'otel-sluice: tested got a log record after shutdown; it and those to come are dropped',
      ])
      assert.equal(clock.pendingTimers, 0)
    })

    it('onDrop is called at most once a second for each reason, and its counts add up', async () => {
      const clock = new ManualClock()
      const calls: (Loss & { at: number })[] = []
      const processor = make(
        {
          ...quiet,
          exporter: obligingExporter(),
          mode: 'dropping',
          maxQueueSize: 4,
          onDrop: (loss) => calls.push({ ...loss, at: clock.now() }),
        },
        clock,
      )
      for (let step = 0; step < 55; step++) {
        processor.onEmit(emittedRecord({ hrTime: [Number.NaN, 0] }))
        emitNumbers(processor, 6)
        await clock.advance(100)
      }
      await whileTurning(clock, processor.shutdown())
      const { dropped } = processor.stats()
      for (const reason of ['queue_full', 'invalid'] as const) {
        const ofReason = calls.filter((call) => call.reason === reason)
        assert.ok(ofReason.length >= 6)
        assert.equal(
          ofReason.reduce((sum, { count }) => sum + count, 0),
          dropped[reason],
        )
        assert.equal(ofReason.at(-1)?.total, dropped[reason])
        // The last call is what shutdown still had to tell.
        const times = ofReason.slice(0, -1).map(({ at }) => at)
        for (const [index, at] of times.slice(1).entries()) assert.ok(at - (times[index] ?? 0) >= 1_000)
      }
    })

    for (const [what, onDrop] of Object.entries({
      throws: () => {
        throw new Error('the body of a record')
      },
      rejects: async () => {
        throw new Error('the body of a record')
      },
    })) {
      it(`an onDrop that ${what} is harmless`, async () => {
        const clock = new ManualClock()
        const exporter = obligingExporter()
        const processor = make({ ...quiet, exporter, maxQueueSize: 2, onDrop }, clock)
        emitNumbers(processor, 5)
        await clock.advance(10_000)
        emitNumbers(processor, 2)
        await whileTurning(clock, processor.shutdown())
        assert.equal(processor.stats().exported, 4)
        assert.equal(clock.pendingTimers, 0)
        assert.equal(diagnostics.said.length, 2)
      })
    }

    it('onDrop may log through the same processor: that is suppressed, not a loop', async () => {
      const clock = new ManualClock()
      let calls = 0
      const processor = make(
        {
          ...quiet,
          exporter: new ControlledExporter(),
          maxQueueSize: 2,
          onDrop: () => {
            calls++
            emit(processor, 'lost something')
          },
        },
        clock,
      )
      emitNumbers(processor, 5)
      await clock.advance(20_000)
      assert.equal(calls, 1)
      assert.equal(processor.stats().suppressed, 1)
      assert.equal(processor.stats().emitted, 5)
    })

    it('a diag logger that logs into the same provider makes no loop', async () => {
      const clock = new ManualClock()
      const processor = make({ ...quiet, exporter: obligingExporter(), maxQueueSize: 2 }, clock)
      const provider = new LoggerProvider({ processors: [processor] })
      const logger = provider.getLogger('diag')
      diagnostics.stop()
      diagnostics = captureDiagnostics(({ message }) => {
        logger.emit({ body: message })
        setImmediate(() => logger.emit({ body: `${message}, later` }))
      })
      for (let n = 0; n < 5; n++) logger.emit({ body: 'message' })
      await clock.advance(60_000)
      assert.equal(diagnostics.said.length, 2)
      assert.deepEqual([processor.stats().emitted, processor.stats().suppressed], [5, 4])
      await whileTurning(clock, provider.shutdown())
    })

    it('a diag logger that throws is harmless', async () => {
      const clock = new ManualClock()
      const processor = make({ ...quiet, exporter: obligingExporter(), maxQueueSize: 2 }, clock)
      diagnostics.stop()
      diagnostics = captureDiagnostics(() => {
        throw new Error('cannot log')
      })
      emitNumbers(processor, 5)
      await clock.advance(60_000)
      await whileTurning(clock, processor.shutdown())
      assert.equal(processor.stats().exported, 2)
    })

    it('no body, attribute or message of an error is in the diagnostics', async () => {
      const SECRET = 'the-secret'
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      const processor = make({ ...quiet, exporter, maxQueueSize: 4 }, clock)
      const failures = [
        () => exporter.calls.at(-1)?.answer(failure(new Error(SECRET))),
        () => exporter.calls.at(-1)?.answer(failure(Object.assign(new TypeError(SECRET), { body: SECRET }))),
      ]
      for (const fail of failures) {
        for (let n = 0; n < 8; n++) {
          processor.onEmit(emittedRecord({ body: SECRET, attributes: { [SECRET]: { SECRET } } }))
        }
        processor.onEmit(
          Object.defineProperty(emittedRecord(), 'body', {
            get: () => {
              throw new Error(SECRET)
            },
          }),
        )
        await clock.settle()
        fail()
        await clock.advance(20_000)
      }
      exporter.onExport = () => {
        throw new Error(SECRET)
      }
      emit(processor, SECRET)
      await whilePassing(clock, processor.shutdown(), 30_000).catch(() => undefined)
      emit(processor, SECRET)
      await clock.settle()
      assert.ok(diagnostics.said.length >= 5, String(diagnostics.messages))
      assert.ok(!JSON.stringify(diagnostics.said).includes(SECRET), String(diagnostics.messages))
      assert.ok(diagnostics.said.every(({ rest }) => rest.length === 0))
    })
  })
}
