/** Resolves once `condition` holds: looked at in every turn of the event loop, for real I/O that nobody announces. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve))
}
