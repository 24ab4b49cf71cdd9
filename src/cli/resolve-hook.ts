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

interface ResolveContext {
  readonly parentURL?: string | undefined
}
type NextResolve = (specifier: string, context: ResolveContext) => Resolved | Promise<Resolved>

let entries: HookData['entries'] = {}

export function initialize(data: HookData): void {
  entries = data.entries
}

export async function resolve(specifier: string, context: ResolveContext, next: NextResolve): Promise<Resolved> {
  const own = entries[specifier]
  if (own !== undefined) return { url: own, format: 'module', shortCircuit: true }
  const { parentURL } = context
  // tsx remembers what a file imports, and would give what it takes for CommonJS another URL. It does not know the file under this one.
  const asked = parentURL !== undefined && isTypeScript(parentURL) ? { ...context, parentURL: `${parentURL}#` } : context
  const resolved = await next(specifier, asked)
  return isTypeScript(resolved.url) ? { ...resolved, format: 'module' } : resolved
}

const isTypeScript = (url: string): boolean => /\.tsx?(?:[?#]|$)/.test(url) && !url.includes('/node_modules/')
