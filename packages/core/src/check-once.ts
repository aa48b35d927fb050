/** How a schema is used that checks a value or two in a process: to compile it first would take longer than it saves. */
export const ONCE = { jitless: true } as const
