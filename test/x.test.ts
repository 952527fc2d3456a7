import { x } from 'otel-sluice'
import { strictEqual } from 'node:assert/strict'
it('x', () => { strictEqual(x, 1) })
