import { processWide } from '../../common/process-wide.js'

/** What is known of the thread that this code runs on, whichever copy of the package asks. */
const thisThread = processWide('this-thread/1', () => ({ isForExport: false }))

/** Says that this thread is there to export, and for nothing else. */
export function markAsExportThread(): void {
  thisThread.isForExport = true
}

/** Whether it is: then whatever is logged here comes from an export. */
export function isExportThread(): boolean {
  return thisThread.isForExport
}
