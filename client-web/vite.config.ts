import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the state and pixel channels: the mock server, or a real one. */
const backend = process.env['PARFOCAL_BACKEND'] ?? 'http://127.0.0.1:5190';

export default defineConfig({
  build: {
    target: 'es2022',
    // No data: URLs, so that a strict content security policy holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  worker: { format: 'es' },
  server: {
    port: 5180,
    proxy: {
      '/v1': { target: backend, ws: true },
      '/api': { target: backend },
    },
  },
  test: { environment: 'node', include: ['test/**/*.test.ts'] },
});
