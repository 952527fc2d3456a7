import Mocha from 'mocha'

/** mocha's usual report, and after it, on a line of its own, what continuous integration reads: how many passed and failed. */
export default class CountingReporter extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue()
    const { passes, failures } = this.stats
    Mocha.reporters.Base.consoleLog(`${passes} passed, ${failures} failed`)
  }
}
