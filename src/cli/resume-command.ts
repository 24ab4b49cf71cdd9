// The command that goes on with a job that was stopped, as the user would type it: the same one, less what applies only once.

const valued = new Set(['--from', '--drop'])
const once = new Set(['--fresh', ...valued])

/** @param args of the command line, behind its name */
export function resumeCommand(args: readonly string[], how: string = invocation()): string {
  const kept: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    const name = arg.split('=', 1)[0]!
    if (!once.has(name)) kept.push(arg)
    else if (valued.has(name) && name === arg) i++
  }
  return [how, ...kept.map(quoted)].join(' ')
}

/** How this process was called, as far as it can tell. */
function invocation({ argv, env }: Pick<NodeJS.Process, 'argv' | 'env'> = process): string {
  if (env.npm_lifecycle_event === 'millrace') return 'npm run millrace --'
  const script = argv[1] ?? 'millrace'
  if (env.npm_command === 'exec' || /[\\/]node_modules[\\/]\.bin[\\/]millrace$/.test(script)) return 'npx millrace'
  if (/(?:^|[\\/])millrace$/.test(script)) return 'millrace'
  return `${script.endsWith('.ts') ? 'npx tsx' : 'node'} ${quoted(script)}`
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
