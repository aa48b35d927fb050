import { ChoraleError } from '@chorale/core/contracts'

import type { Plate } from './plate.js'

/** Axes of an array: its plates, outermost first, then the shape of one element. Arrays are row-major over both. */
export interface Shape {
  readonly plates: readonly Plate[]
  readonly event: readonly number[]
}

export const scalarShape: Shape = { plates: [], event: [] }

export const eventSize = (event: readonly number[]): number => event.reduce((size, n) => size * n, 1)

export const plateSize = (plates: readonly Plate[]): number => plates.reduce((size, plate) => size * plate.size, 1)

export const sizeOf = (shape: Shape): number => plateSize(shape.plates) * eventSize(shape.event)

export const sameEvent = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((n, k) => n === b[k])

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.plates.length === b.plates.length && a.plates.every((plate, k) => plate === b.plates[k]) && sameEvent(a.event, b.event)

/** All plates of several arrays, outermost first. */
export function unionOfPlates(shapes: readonly Shape[]): readonly Plate[] {
  const plates = new Set(shapes.flatMap(shape => shape.plates))
  return [...plates].sort((a, b) => a.order - b.order)
}

/** Shape of an elementwise result: plates are joined by identity; event shapes are equal, or `[]` for what is the same for all elements. */
export function broadcast(shapes: readonly Shape[], what: string): Shape {
  const event = shapes.map(shape => shape.event).find(candidate => candidate.length > 0) ?? []
  const misfit = shapes.find(shape => shape.event.length > 0 && !sameEvent(shape.event, event))
  if (misfit !== undefined) {
    throw new ChoraleError(
      'CHORALE_MODEL_SHAPE',
      `${what} needs equal shapes, and got ${describeShape({ plates: [], event })} and ${describeShape(misfit)}`,
      {
        fix: 'use .at(...), .slice(...) or a scalar, so that the shapes agree',
      },
    )
  }
  return { plates: unionOfPlates(shapes), event }
}

export function describeShape({ plates, event }: Shape): string {
  const inner = `[${event.join(', ')}]`
  return plates.length === 0 ? inner : `${inner} for each of ${plates.map(plate => `${plate.name} (${plate.size})`).join(' x ')}`
}

/**
 * How far apart in `inner` two neighbours along each axis of `outer` are: 0 along axes that `inner` does not have. One stride for every plate and event
 * axis of `outer`, so that element (i0, i1, ...) of `outer` reads element sum(i_k * stride_k) of `inner`.
 */
export function broadcastStrides(inner: Shape, outer: Shape): readonly number[] {
  const strides = new Map<Plate, number>()
  let stride = eventSize(inner.event)
  for (const plate of [...inner.plates].reverse()) {
    strides.set(plate, stride)
    stride *= plate.size
  }
  const ofPlates = outer.plates.map(plate => strides.get(plate) ?? 0)
  let step = 1
  const ofEvent = outer.event
    .map((_, k) => outer.event.length - 1 - k)
    .map(axis => {
      if (inner.event.length === 0) return 0
      const current = step
      step *= outer.event[axis]!
      return current
    })
    .reverse()
  return [...ofPlates, ...ofEvent]
}

/** Lengths of all axes of an array: plates, then event. */
export const dimensionsOf = (shape: Shape): readonly number[] => [...shape.plates.map(plate => plate.size), ...shape.event]

/** For each element of `outer`, in their order, the place of the element of `inner` that it reads. */
export function broadcastPlaces(inner: Shape, outer: Shape): Uint32Array {
  const lengths = dimensionsOf(outer)
  const strides = broadcastStrides(inner, outer)
  const places = new Uint32Array(sizeOf(outer))
  const counter = lengths.map(() => 0)
  let at = 0
  for (let i = 0; i < places.length; i++) {
    places[i] = at
    for (let k = lengths.length - 1; k >= 0; k--) {
      at += strides[k]!
      if (++counter[k]! < lengths[k]!) break
      at -= strides[k]! * lengths[k]!
      counter[k] = 0
    }
  }
  return places
}
