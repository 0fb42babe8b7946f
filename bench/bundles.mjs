/** What a browser downloads for gradients: the minified bundle and the WebAssembly beside it, gzipped. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const require = createRequire(import.meta.url)
const beside = (name, file) => join(dirname(require.resolve(name)), file)

const entries = {
  puregrad: { contents: "export { grad, np } from '@puregrad/core'", files: [] },
  tfjs: {
    contents: "export * from '@tensorflow/tfjs-core'; export { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'",
    files: [beside('@tensorflow/tfjs-backend-wasm', 'tfjs-backend-wasm-simd.wasm')],
  },
  'jax-js': { contents: "export { grad, numpy } from '@jax-js/jax'", files: [] },
  onnxruntime: {
    contents: "export * from 'onnxruntime-web/wasm'",
    files: [beside('onnxruntime-web', 'ort-wasm-simd-threaded.wasm')],
  },
}

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length

/** The entry and what it imports at once; what it may import later is not downloaded for gradients. */
const needed = (outputs, path, found = new Set()) => {
  if (found.has(path)) return found
  found.add(path)
  for (const { path: next, kind } of outputs[path].imports)
    if (kind === 'import-statement' && next in outputs) needed(outputs, next, found)
  return found
}

/** @returns bytes by contestant */
export const bundleSizes = async (say) => {
  const sizes = {}
  for (const [name, { contents, files }] of Object.entries(entries)) {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      bundle: true,
      platform: 'browser',
      format: 'esm',
      minify: true,
      write: false,
      metafile: true,
      absWorkingDir: import.meta.dirname,
      outdir: 'out',
      splitting: true,
      logLevel: 'silent',
    })
    const paths = needed(metafile.outputs, 'out/stdin.js')
    const code = outputFiles.filter(({ path }) =>
      paths.has(
        relative(import.meta.dirname, path)
          .split(sep)
          .join('/'),
      ),
    )
    const downloads = [...code.map(({ contents }) => contents), ...files.map((path) => readFileSync(path))]
    sizes[name] = downloads.reduce((sum, bytes) => sum + gzipped(bytes), 0)
  }
  say(`bundles: ${JSON.stringify(sizes)}`)
  return sizes
}
