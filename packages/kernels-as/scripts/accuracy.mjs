// Measures every elementwise float kernel and writes docs/accuracy.md.
//   node scripts/accuracy.mjs
import { writeFileSync } from 'node:fs'
import { tsImport } from 'tsx/esm/api'

const { render } = await tsImport('../test/accuracy/page.ts', import.meta.url)
const page = render()
writeFileSync(new URL('../../../docs/accuracy.md', import.meta.url), page)
console.log(page)
