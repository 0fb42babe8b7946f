import { defineConfig } from 'vitest/config'

// By default packages import each other as users get them, from dist; PUREGRAD_FROM=source skips the build.
const conditions = process.env.PUREGRAD_FROM === 'source' ? ['@puregrad/source'] : []

const exclude = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  ssr: { resolve: { conditions: [...conditions, 'module', 'node'], externalConditions: conditions } },
  test: {
    exclude,
    // Core is tested by what its modules remember and by where its memory stands, so each of its files begins anew; the others, which only use it, share it.
    projects: [
      {
        extends: true,
        test: { name: 'core', include: ['packages/{core,kernels-as}/{src,test}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'others',
          include: ['packages/*/{src,test}/**/*.test.ts', 'examples/**/*.test.ts', 'docs/**/*.test.ts'],
          exclude: [...exclude, 'packages/{core,kernels-as}/**'],
          isolate: false,
        },
      },
    ],
    // What Node loads is left to Node: bundles, which of train lie beside its room called node. fp-ts's ES modules, which single files of dist import, are for bundlers.
    server: {
      deps: {
        external: [/\/packages\/(?!train\/)[^/]+\/dist\/node\//, /\/train\/dist\/bundle\//, /\/kernels-as\/dist\//],
        inline: [/\/fp-ts\/es6\//],
      },
    },
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
