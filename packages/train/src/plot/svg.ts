/** A piece of SVG markup. */
export type Svg = string

type Attributes = Readonly<Record<string, string | number>>

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text made safe for markup and attributes. */
export const escapeText = (text: string): Svg =>
  text.replace(/[&<>"]/g, (character) => entities[character] ?? character)

// Two decimals are finer than any screen and keep files small.
const written = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escapeText(value)

/**
 * An element from its name, attributes and children.
 * @example element('circle', { cx: 1, cy: 2, r: 0.5 }) // '<circle cx="1" cy="2" r="0.5"/>'
 */
export const element = (name: string, attributes: Attributes, ...children: readonly Svg[]): Svg => {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${written(value)}"`)
  const open = `<${name}${list.join('')}`
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`
}

/** Text at a place. */
export const label = (text: string, x: number, y: number, attributes: Attributes = {}): Svg =>
  element('text', { x, y, ...attributes }, escapeText(text))

/** Children moved to a place. */
export const at = (x: number, y: number, ...children: readonly Svg[]): Svg =>
  element('g', { transform: `translate(${written(x)} ${written(y)})` }, ...children)

/** A whole picture on white: a file of its own. */
export const picture = (width: number, height: number, ...children: readonly Svg[]): Svg =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${written(width)} ${written(height)}`,
      width,
      height,
      'font-family': 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif',
      'font-size': 12,
      fill: '#333',
    },
    element('rect', { width, height, fill: '#fff' }),
    ...children,
  )
