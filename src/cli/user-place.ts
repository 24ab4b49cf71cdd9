// Where in the user's own files something was thrown.

import { fileURLToPath, pathToFileURL } from 'node:url'
import { ownFolder } from './own-package.ts'

const frame = /^\s+at (?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\)[^()\n]*?):(\d+:\d+)\)?$/gm

/** The innermost frame of a stack that is neither in this package nor in Node or a dependency, as 'file:line:column'. */
export function userPlace(thrown: unknown): string | undefined {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  for (const [, file = '', position = ''] of stack.matchAll(frame)) {
    const url = file.startsWith('file://') ? file : pathToFileURL(file).href
    if (!url.startsWith(ownFolder) && !url.includes('/node_modules/')) return `${fileURLToPath(url)}:${position}`
  }
  return undefined
}
