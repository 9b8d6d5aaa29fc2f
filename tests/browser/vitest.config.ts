import { defineConfig } from 'vitest/config'

// Each file starts a server and a browser of its own: one after the other on two cores.
export default defineConfig({
  test: {
    include: ['*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
