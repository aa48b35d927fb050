/**
 * What the page does where scripts run; everything can be read without. Filters by parameter and chain, sorts tables, and reads figures out: the row of a figure's table
 * that is nearest to the pointer, or the next one by the arrow keys.
 */
export const SCRIPT = `
'use strict'
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
for (const element of all('[data-scripted]')) element.hidden = false

const filter = document.querySelector('#filter')
const said = document.querySelector('#filtered')
const figures = all('figure').map(figure => ({ figure, names: JSON.parse(figure.dataset.parameters).map(name => name.toLowerCase()) }))
const rows = all('table.parameters tbody tr').map(row => ({ row, name: row.cells[0].textContent.toLowerCase() }))
if (filter) filter.addEventListener('input', () => {
  const wanted = filter.value.trim().toLowerCase()
  const fits = name => name.includes(wanted)
  for (const { figure, names } of figures) figure.hidden = names.length > 0 && !names.some(fits)
  let shown = 0
  for (const { row, name } of rows) {
    row.hidden = !fits(name)
    if (!row.hidden) shown++
  }
  for (const group of all('details.group')) if (wanted !== '' && group.querySelector('tbody tr:not([hidden])')) group.open = true
  said.textContent = wanted === '' ? '' : shown + ' of ' + rows.length + ' parameters'
})

const boxes = all('.controls input[type=checkbox]')
for (const box of boxes) box.addEventListener('change', () => {
  document.documentElement.dataset.hiddenChains = boxes.filter(other => !other.checked).map(other => other.value).join(' ')
})

const valueOf = cell => {
  const text = cell.textContent.trim().replace(/\\u2212/g, '-').replace(/[, ]/g, '').replace('%', '')
  return text === '\\u221e' ? Infinity : text === '-\\u221e' ? -Infinity : Number(text === '\\u2013' ? NaN : text)
}
for (const table of all('table.sortable')) {
  all('thead th', table).forEach((heading, column) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...heading.childNodes)
    heading.append(button)
    button.addEventListener('click', () => {
      const down = heading.getAttribute('aria-sort') !== 'descending'
      for (const other of all('thead th', table)) other.removeAttribute('aria-sort')
      heading.setAttribute('aria-sort', down ? 'descending' : 'ascending')
      const sign = down ? -1 : 1
      const body = table.tBodies[0]
      const keyed = [...body.rows].map(row => ({ row, text: row.cells[column].textContent, value: valueOf(row.cells[column]) }))
      const numeric = keyed.some(({ value }) => !Number.isNaN(value))
      keyed.sort((a, b) => {
        if (!numeric) return sign * a.text.localeCompare(b.text, undefined, { numeric: true })
        if (Number.isNaN(a.value) || Number.isNaN(b.value)) return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value))
        return sign * (a.value - b.value)
      })
      body.append(...keyed.map(({ row }) => row))
    })
  })
}

const places = JSON.parse(document.querySelector('#places').textContent)
const SVG = 'http://www.w3.org/2000/svg'
for (const [id, points] of Object.entries(places)) {
  const figure = document.getElementById(id)
  const svg = figure.querySelector('svg')
  const table = figure.querySelector('table')
  const headings = all('thead th', table).map(heading => heading.textContent.trim())
  const readout = document.createElement('output')
  readout.className = 'readout'
  const mark = document.createElementNS(SVG, 'circle')
  mark.setAttribute('r', '5')
  mark.setAttribute('class', 'mark')
  figure.append(readout)
  let at = -1
  const show = row => {
    at = row
    const place = points[row]
    mark.remove()
    if (!place) return void (readout.textContent = '')
    mark.setAttribute('cx', place[0])
    mark.setAttribute('cy', place[1])
    svg.append(mark)
    readout.textContent = [...table.tBodies[0].rows[row].cells].map((cell, k) => headings[k] + ' ' + cell.textContent.trim()).join(', ')
  }
  svg.setAttribute('tabindex', '0')
  svg.setAttribute('aria-keyshortcuts', 'ArrowLeft ArrowRight')
  svg.addEventListener('keydown', event => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (event.key === 'Escape') return show(-1)
    if (!step) return
    event.preventDefault()
    let next = at
    do next += step
    while (points[next] === 0)
    if (points[next]) show(next)
  })
  svg.addEventListener('pointermove', event => {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse())
    let nearest = -1
    let least = Infinity
    points.forEach((place, row) => {
      if (!place) return
      const distance = (place[0] - spot.x) * (place[0] - spot.x) + (place[1] - spot.y) * (place[1] - spot.y)
      if (distance < least) { least = distance; nearest = row }
    })
    show(nearest)
  })
  for (const leaving of ['pointerleave', 'blur']) svg.addEventListener(leaving, () => show(-1))
}
let opened = []
addEventListener('beforeprint', () => {
  opened = all('details:not(figure details):not([open])')
  for (const closed of opened) closed.open = true
})
addEventListener('afterprint', () => { for (const details of opened) details.open = false })
`
