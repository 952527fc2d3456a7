import { writeFile } from 'node:fs/promises'
import { arch, availableParallelism, platform } from 'node:os'

/** One subject against a peer that was measured in the same run. */
export interface Ratio {
  readonly name: string
  readonly value: number
  /** What it should be: at least, or at most. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number } | undefined
}

/** What one benchmark found. */
export interface Report {
  readonly benchmark: string
  readonly tables: readonly Table[]
  readonly ratios: readonly Ratio[]
  /** Every number of every round. */
  readonly measured: object
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Where figures come from. */
export function machine(): string {
  return `${availableParallelism()} cores, ${platform()} ${arch()}, Node ${process.version}`
}

/** Prints a report for people, and writes it as JSON where `jsonPath` says. */
export async function publish(report: Report, jsonPath: string | undefined): Promise<void> {
  print(`\n${report.benchmark} (${machine()})`)
  for (const table of report.tables) printTable(table)
  printTable({
    title: 'ratios',
    columns: ['', 'measured', 'target', ''],
    rows: report.ratios.map((ratio) => [
      ratio.name,
      number(ratio.value, 3),
      targetText(ratio),
      verdict(ratio),
    ]),
  })
  if (jsonPath === undefined) return
  const context = { date: new Date().toISOString(), machine: machine() }
  await writeFile(jsonPath, `${JSON.stringify({ ...context, ...report }, undefined, 2)}\n`)
}

export function printTable({ title, columns, rows }: Table): void {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd()
  print(`\n${title}`)
  for (const row of [columns, ...rows]) print(`  ${line(row)}`)
}

/** A number for people, with so many digits behind the point. */
export function number(value: number, digits = 0): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function targetText({ target }: Ratio): string {
  if (target === undefined) return ''
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`
}

function verdict({ value, target }: Ratio): string {
  if (target === undefined) return ''
  const isMet = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
  return isMet ? 'met' : 'missed'
}
