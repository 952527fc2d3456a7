/** Thrown for a record that no exporter could read. */
export class InvalidRecordError extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'InvalidRecordError'
  }
}
