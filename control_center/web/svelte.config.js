import { vitePreprocess } from "@sveltejs/vite-plugin-svelte";

/** Runes everywhere: what is reactive says so. */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
};
