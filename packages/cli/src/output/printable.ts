// eslint-disable-next-line no-control-regex -- these are the characters to replace
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Names come from models and data: what would move the cursor or colour the terminal is shown as a sign for it, and so is a line break. */
export const printable = (text: string): string => text.replaceAll(CONTROL, '\u{fffd}')
