/** The program that packages/train/test bundles for a page, in a real one: headless Chromium, with the packages as they are built. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import puppeteer, { type Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Given, report } from '../../packages/train/test/page-program.js'

const executable = [
  process.env.PUREGRAD_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path))

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const tests = fileURLToPath(new URL('../../packages/train/test/', import.meta.url))

const bundled = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { report } from './page-program.js'; Object.assign(globalThis, { report })",
      resolveDir: tests,
      loader: 'ts',
    },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

// A PNG of 3 × 2 pixels in colours, and a grey JPEG.
const given: Given = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAHUlEQVR4nGNg4JPRsnALSSpgqOuZtWLbkUsP3gEANwoIX1+DzkUAAAAASUVORK5CYII=',
  jpeg: (
    JSON.parse(
      readFileSync(new URL('../../packages/formats/test/fixtures/jpeg.json', import.meta.url), 'utf8'),
    ) as readonly [{ readonly file: string }]
  )[0].file,
}

/** A server of one page and its script, cross-origin isolated at /isolated. */
const serve = async (script: string): Promise<readonly [Server, string]> => {
  const server = createServer(({ url }, response) => {
    if (url?.startsWith('/isolated')) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    }
    const isScript = url?.endsWith('.js') === true
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript ? script : '<!doctype html><meta charset="utf-8"><script type="module" src="./page.js"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return [server, `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`]
}

describe('headless Chromium', () => {
  let browser: Browser
  let server: Server
  let origin: string
  let ours: string

  beforeAll(async () => {
    if (executable === undefined) {
      throw new Error('There is no Chromium. Install it (apt-get install chromium), or name it in PUREGRAD_CHROMIUM.')
    }
    ;[server, origin] = await serve(await bundled())
    browser = await puppeteer.launch({ executablePath: executable, args: flags })
    ours = await report(given)
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.each([
    ['cross-origin isolated', '/isolated/', true],
    ['not isolated', '/', false],
  ])('trains, evaluates and decodes to the bits of Node, %s', async (_, path, isolated) => {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    let workers = 0
    page.on('workercreated', () => {
      workers += 1
    })
    await page.goto(`${origin}${path}`)
    await page.waitForFunction('typeof report === "function"')
    expect(await page.evaluate('crossOriginIsolated')).toBe(isolated)
    const theirs = JSON.parse(String(await page.evaluate(`report(${JSON.stringify(given)})`))) as unknown
    expect(theirs).toEqual(JSON.parse(ours))
    // Two that decode images; isolated, core's own threads are beside them.
    if (isolated) expect(workers).toBeGreaterThanOrEqual(2)
    else expect(workers).toBe(2)
    expect(errors.filter((text) => !text.includes('favicon'))).toEqual([])
    await page.close()
  })
})
