import { defineConfig } from 'vitest/config'

/** Tests of types, which the compiler runs. */
export default defineConfig({
  test: {
    typecheck: { only: true, include: ['packages/*/test/**/*.test-d.ts'], tsconfig: 'tsconfig.check.json' },
  },
})
