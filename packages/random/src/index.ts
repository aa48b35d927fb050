export { foldIn, prngKey, split, type Key } from './key.js'
export { threefry2x32 } from './threefry.js'
export { createStream, normalInto, uniformInto, type RandomStream } from './stream.js'
export { permutation } from './permutation.js'
