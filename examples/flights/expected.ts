// The same three analyses in SQL, by DuckDB over the same file: an independent account of what the job must have written, line for line.
//
// The job's lateness depends on the table alone, so it can be had here too: when a flight is read, the watermark is the departure of the
// flight before it, less an hour.

import { existsSync } from 'node:fs'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export interface Comparison {
  readonly result: string
  /** Lines that the job wrote. */
  readonly lines: number
  /** Expected by SQL, and not written. */
  readonly missing: number
  /** Written, and not expected. */
  readonly surplus: number
}

interface Analysis {
  readonly columns: Readonly<Record<string, 'VARCHAR' | 'BIGINT'>>
  readonly sql: string
}

const minute = 60_000
const hour = 60 * minute

/** For each flight and window: whether it came behind the window's end, for those windows that still took it. */
const accepted = `
  SELECT *, coalesce(watermark >= until - 1, false) AS behind FROM (
    SELECT i, origin, delay, watermark, unnest([slot, slot - ${3 * hour}]) AS "from", "from" + ${6 * hour} AS until FROM due
  ) WHERE NOT coalesce(watermark >= until - 1 + ${2 * hour}, false)`

const sums = 'count(*) AS flights, count_if(delay >= 15) AS delayed, sum(delay) AS minutes, max(delay) AS worst'
const runningSums = sums.replaceAll(' AS', ' OVER so_far AS')

const analyses: Readonly<Record<string, Analysis>> = {
  // One line when the watermark passes the window's end, and one more for each flight behind it.
  punctuality: {
    columns: {
      origin: 'VARCHAR',
      from: 'BIGINT',
      until: 'BIGINT',
      flights: 'BIGINT',
      delayed: 'BIGINT',
      minutes: 'BIGINT',
      worst: 'BIGINT',
    },
    sql: `WITH accepted AS (${accepted})
      SELECT origin, "from", until, ${sums} FROM accepted WHERE NOT behind GROUP BY ALL
      UNION ALL
      SELECT origin, "from", until, flights, delayed, minutes, worst FROM (
        SELECT *, ${runningSums} FROM accepted WINDOW so_far AS (PARTITION BY origin, "from" ORDER BY i)
      ) WHERE behind`,
  },
  'too-late': {
    columns: { date: 'BIGINT', delay: 'BIGINT', origin: 'VARCHAR' },
    sql: `SELECT date, delay, origin FROM due WHERE watermark >= slot + ${6 * hour} - 1 + ${2 * hour}`,
  },
  disruption: {
    columns: { airport: 'VARCHAR', from: 'BIGINT', until: 'BIGINT', flights: 'BIGINT', minutes: 'BIGINT', worst: 'BIGINT' },
    sql: `WITH late AS (SELECT * FROM flights WHERE delay >= 60),
      begins AS (SELECT *, coalesce(date > lag(date) OVER (PARTITION BY origin ORDER BY date) + ${30 * minute}, true) AS begins FROM late),
      sessions AS (SELECT *, count_if(begins) OVER (PARTITION BY origin ORDER BY date) AS session FROM begins)
      SELECT origin, min(date), max(date) + ${30 * minute}, count(*) AS flights, sum(delay), max(delay)
      FROM sessions GROUP BY origin, session HAVING flights >= 5`,
  },
  // Buckets of 20 minutes make it an equality join: what left in the 20 minutes before lies in the bucket of the landing or the one before.
  missed: {
    columns: { airport: 'VARCHAR', cameFrom: 'VARCHAR', landed: 'BIGINT', delay: 'BIGINT', left: 'BIGINT' },
    sql: `WITH landings AS (SELECT *, date + (30 + distance // 8) * ${minute} AS landed FROM flights WHERE delay >= 120),
      near AS (SELECT *, unnest([landed // ${20 * minute}, landed // ${20 * minute} - 1]) AS bucket FROM landings)
      SELECT near.destination, near.origin, near.landed, near.delay, departed.date
      FROM near JOIN flights AS departed ON departed.origin = near.destination AND departed.date // ${20 * minute} = near.bucket
      WHERE departed.date >= near.landed - ${20 * minute} AND departed.date < near.landed`,
  },
}

/** Compares all that the job wrote below `output` with what SQL says of `input`. */
export async function compareWithSql(input: string, output: string): Promise<readonly Comparison[]> {
  const database = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await database.connect()
  try {
    await connection.run(`
      CREATE TABLE flights AS SELECT file_row_number AS i, epoch_ms(date) AS date, delay, distance, origin, destination
        FROM read_parquet('${input}', file_row_number = true);
      CREATE TABLE due AS SELECT *, (date - delay * ${minute}) // ${3 * hour} * ${3 * hour} AS slot,
        lag(date) OVER (ORDER BY i) - ${hour} AS watermark FROM flights`)
    const comparisons: Comparison[] = []
    for (const [result, analysis] of Object.entries(analyses))
      comparisons.push(await compare(connection, `${output}/${result}`, result, analysis))
    return comparisons
  } finally {
    connection.closeSync()
    database.closeSync()
  }
}

async function compare(connection: DuckDBConnection, folder: string, result: string, { columns, sql }: Analysis): Promise<Comparison> {
  const names = Object.keys(columns).map((name) => `"${name}"`)
  const types = Object.entries(columns).map(([name, type]) => `"${name}": '${type}'`)
  const written = existsSync(folder)
    ? `SELECT ${names.join()} FROM read_json('${folder}/epoch-*/*.jsonl', format = 'newline_delimited', columns = {${types.join()}})`
    : `SELECT ${names.map((name) => `NULL AS ${name}`).join()} WHERE false`
  await connection.run(`CREATE TABLE "written ${result}" AS ${written}; CREATE TABLE "expected ${result}" AS ${sql}`)
  const reader = await connection.runAndReadAll(`SELECT
    (SELECT count(*) FROM "written ${result}"),
    (SELECT count(*) FROM (FROM "expected ${result}" EXCEPT ALL FROM "written ${result}")),
    (SELECT count(*) FROM (FROM "written ${result}" EXCEPT ALL FROM "expected ${result}"))`)
  const [lines, missing, surplus] = reader.getRows()[0]!.map(Number)
  return { result, lines: lines!, missing: missing!, surplus: surplus! }
}
