/** One piece for the bundler: what the page of charts needs, loaded together. */

export { default as ChartsPage } from "./ChartsPage.svelte";
