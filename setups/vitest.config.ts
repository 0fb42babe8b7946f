import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['setups/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: 'setups/pack.ts',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
