import { stressRing } from './ring-producer.js'

/** Ten million records in each mode, through rings that are tiny and that are not. Run with a number for fewer. */
const records = Number(process.argv[2] ?? 10_000_000)
for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
  for (const [part, queueBytes, recordBytes] of [
    [0.2, 16_384, 1_024],
    [0.8, 1_048_576, 8_192],
  ] as const) {
    const figures = await stressRing(mode, records * part, queueBytes, recordBytes)
    console.log(JSON.stringify({ ...figures, millis: Math.round(figures.millis) }))
  }
}
