import type { Context } from 'mocha'

/**
 * Leaves out the test, or all tests of the suite, that this is called in, and says why: for platforms and programs that
 * are not here. The only place where a test is left out, so that none is in silence.
 */
export function leaveOut(test: Context, reason: string): never {
  console.log(`      skipped: ${reason}`)
  return test.skip()
}
