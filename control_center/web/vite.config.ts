import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the control center; the build never needs it. */
const api = process.env["C5_API"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 1200, // the map library is one piece
    rollupOptions: {
      output: { manualChunks: { map: ["maplibre-gl"], chart: ["uplot"] } },
    },
  },
  server: { host: "127.0.0.1", proxy: { "/api": api } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
