// Builds the engines to compare with, by Maven, into a folder outside of the tree, and says how a process of one of them is started.
//
// Without a JDK or without Maven nothing is built and nothing fails: the caller is told what is missing.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endOf, scratchFolder, startChild } from '../children.ts'

export const peers = ['flink', 'jet'] as const
export type Peer = (typeof peers)[number]

export const isPeer = (name: string): name is Peer => (peers as readonly string[]).includes(name)

/** Where everything that is built lies, and stays for the next run. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME ?? tmpdir(), 'millrace-peers')

const sources = fileURLToPath(new URL('.', import.meta.url))

/** Jet asks for these on its standard error, for speed; Flink's are in its jar. */
const jetFlags = [
  '--add-modules=java.se',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.management/sun.management=ALL-UNNAMED',
  '--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED',
]

const gigabyte = 2 ** 30
const heapGigabytes = Math.max(1, Math.min(8, Math.floor(totalmem() / (2.5 * gigabyte))))
/** The whole heap from the start and touched: else the first runs pay for pages. */
const heapFlags = [`-Xms${heapGigabytes}g`, '-XX:+AlwaysPreTouch', '-XX:+UseTransparentHugePages']

const jarOf = (peer: Peer): string => join(cacheFolder, peer, `${peer}.jar`)

const leastJava = 17

/** What is missing of the tools, in words; undefined: all is there. */
export function missingTools(): string | undefined {
  const javac = versionOf('javac')
  const missing = [
    ...(javac === undefined ? [`javac (a JDK of ${leastJava} or later)`] : []),
    ...(versionOf('mvn') === undefined ? ['mvn (Maven)'] : []),
  ]
  if (missing.length > 0) return `not on the PATH: ${missing.join(', ')}`
  // Those of Java 8 and before call themselves 1.8.
  const found = Number(/\d+/.exec(javac!)?.[0])
  return found < leastJava ? `${javac} is too old: a JDK of ${leastJava} or later is needed` : undefined
}

/** The first line that it says about itself; undefined where it cannot be started. */
function versionOf(command: string): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, ['-version'], { encoding: 'utf8' })
  return status === 0 ? `${stdout}${stderr}`.split('\n')[0] : undefined
}

/**
 * Builds what is not built, or is older than its sources.
 * @throws where Maven fails
 */
export async function buildPeers(): Promise<void> {
  // Newer than the jars: a build that was broken off has left none.
  const stamp = join(cacheFolder, 'built')
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newestSource()) return
  console.error(`building the peers in ${cacheFolder}: the first time, Maven fetches about 220 MB`)
  mkdirSync(cacheFolder, { recursive: true })
  const args = ['-q', '-B', '-f', join(sources, 'pom.xml'), 'package', `-Dbuild.folder=${cacheFolder}`]
  const { code, stdout, stderr } = await endOf(startChild('mvn', args))
  if (code !== 0) throw new Error(`the peers cannot be built: mvn ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`)
  writeFileSync(stamp, '')
}

function newestSource(): number {
  const files = readdirSync(sources, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Math.max(...files.filter(({ name }) => !name.endsWith('.ts')).map((file) => statSync(join(file.parentPath, file.name)).mtimeMs))
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/** A process that runs one query as often as it is asked. */
export function queryCommand(peer: Peer, options: Readonly<Record<string, string>>): Command {
  return javaCommand(peer, heapFlags, Object.entries(options))
}

/** A process that gives the first result of a trivial job and ends. */
export const startCommand = (peer: Peer): Command => javaCommand(peer, [], [['start', 'true']])

function javaCommand(peer: Peer, flags: readonly string[], options: readonly (readonly [string, string])[]): Command {
  // Flink leaves files of its own there, 24 MB a process.
  const temporary = `-Djava.io.tmpdir=${scratchFolder()}`
  const machine = [`-Xmx${heapGigabytes}g`, '-XX:+UseG1GC', temporary, ...flags, ...(peer === 'jet' ? jetFlags : [])]
  return { file: 'java', args: [...machine, '-jar', jarOf(peer), ...options.flatMap(([name, value]) => [`--${name}`, value])] }
}

/** Versions, for the description of the machine. */
export function javaVersion(): string {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  return /"([^"]+)"/.exec(stderr)?.[1] ?? 'unknown'
}
