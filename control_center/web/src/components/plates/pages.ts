/** One piece for the bundler: what the pages about plates need, loaded together. */

export { default as PlatesPage } from "./PlatesPage.svelte";
