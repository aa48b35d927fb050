const LONGEST = 60

/** A text from a file as it may stand in a message: in quotes, control characters escaped, long ones cut. */
export const quoted = (text: string): string => JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)
