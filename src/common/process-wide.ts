/**
 * One value a process, whichever copy of this package asks: npm may install several, and the ES module and CommonJS
 * doors of one copy are the same module already.
 *
 * @param key what the value is, with the version of its shape: `exit-coordinator/1`.
 */
export function processWide<T extends object>(key: string, create: () => T): T {
  const symbol = Symbol.for(`otel-sluice/${key}`)
  const existing: T | undefined = Reflect.get(globalThis, symbol)
  if (existing !== undefined) return existing
  const created = create()
  Reflect.set(globalThis, symbol, created)
  return created
}
