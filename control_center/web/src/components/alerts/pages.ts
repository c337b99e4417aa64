/** One piece for the bundler: what the page of alerts needs, loaded together. */

export { default as AlertsPage } from "./AlertsPage.svelte";
