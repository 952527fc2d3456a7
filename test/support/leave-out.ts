import type { Context } from 'mocha'

/**
 * Leaves out the test, or all tests of the suite, that this is called in, and says why: for what cannot be there, such as
 * a FIFO on Windows or /dev/full anywhere but on Linux, and for programs that are not installed. On Linux with what
 * `.ci/run` installs, none is left out. It is the only place where one is, so that none is in silence.
 */
export function leaveOut(test: Context, reason: string): never {
  console.log(`      skipped: ${reason}`)
  // Not a plain return: a test of which nothing ran would count as passed. Mocha counts this one as pending, and stops it.
  return test.skip()
}
