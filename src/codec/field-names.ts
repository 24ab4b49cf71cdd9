// Which names of fields may stand in text that is compiled: they come from data, and data must never become code.

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/

/** Whether a name is a plain identifier, which means itself in an object literal. */
export const isPlainName = (name: string): boolean => identifier.test(name) && name !== '__proto__'
