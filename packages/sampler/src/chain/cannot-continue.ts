/** A chain cannot go on from what an earlier attempt left: `message` says what is wrong with it. Never fails a task, which then begins elsewhere. */
export class CannotContinue extends Error {
  override readonly name = 'CannotContinue'
}
