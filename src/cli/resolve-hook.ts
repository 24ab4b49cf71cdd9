// How the modules of a job are found. Node runs this file in its hooks thread (`module.register`), on top of what else is registered.
//
// 1. `millrace` and its subpaths are the files of the command line itself, wherever the job stands: two copies of the engine in one process
//    would not know each other's jobs.
// 2. TypeScript files outside of node_modules are ES modules, whatever the package.json near them says or leaves out, so that top-level
//    `await` works in a job that stands alone. Files called .cts are not.

export interface HookData {
  /** URL of the file that a specifier means. */
  readonly entries: Readonly<Record<string, string>>
}

interface Resolved {
  readonly url: string
  readonly format?: string | null | undefined
  readonly shortCircuit?: boolean | undefined
}

let entries: HookData['entries'] = {}

export function initialize(data: HookData): void {
  entries = data.entries
}

export async function resolve(
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => Resolved | Promise<Resolved>,
): Promise<Resolved> {
  const own = entries[specifier]
  if (own !== undefined) process._rawDebug("OWN", specifier, (context as any).parentURL)
  if (own !== undefined) return { url: own, format: 'module', shortCircuit: true }
  const resolved = await next(specifier, context)
  process._rawDebug(specifier, (context as any).parentURL, JSON.stringify(resolved))
  return resolved.format === 'commonjs' && isTypeScript(resolved.url) ? { ...resolved, format: 'module' } : resolved
}

const isTypeScript = (url: string): boolean => /\.tsx?(?:[?#]|$)/.test(url) && !url.includes('/node_modules/')
