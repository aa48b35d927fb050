import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

export interface Page {
  /** Relative to the root. */
  readonly path: string
  readonly text: string
}

const readmesBelow = (folder: string): readonly string[] => readdirSync(join(root, folder)).map(name => `${folder}/${name}/README.md`)

const read = (path: string): readonly Page[] => {
  try {
    return [{ path, text: readFileSync(join(root, path), 'utf8') }]
  } catch {
    return []
  }
}

/** Every page that a reader of the repository meets. */
export const pages: readonly Page[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs')).map(name => `docs/${name}`),
  ...readmesBelow('packages'),
  ...readmesBelow('examples'),
]
  .filter(path => path.endsWith('.md'))
  .flatMap(read)

export function page(path: string): Page {
  const found = pages.find(one => one.path === path)
  if (!found) throw new Error(`there is no page ${path}`)
  return found
}

/** The fenced code block after `<!-- mark -->`. */
export function markedBlock(from: Page, mark: string): string {
  const block = blockIfMarked(from, mark)
  if (block === undefined) throw new Error(`${from.path} has no code block marked ${mark}`)
  return block
}

export const blockIfMarked = ({ text }: Page, mark: string): string | undefined =>
  new RegExp(`<!-- ${mark} -->\\s*(?:<!-- prettier-ignore -->\\s*)?\`\`\`[a-z]*\\n([^]*?)\`\`\``).exec(text)?.[1]

/** The names of the examples that a page shows: `first` for a block marked `<!-- first: model.js -->`. */
export const exampleNames = ({ text }: Page): readonly string[] =>
  [...text.matchAll(/<!-- ([a-z-]+): model\.js -->/g)].map(match => match[1]!)

/** The fenced code blocks of a language that contain `part`. */
export const blocksWith = ({ text }: Page, language: string, part: string): readonly string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(match => match[1]!).filter(block => block.includes(part))
