/** One piece for the bundler: what the pages about routes need, loaded together. */

export { default as DayPage } from "./DayPage.svelte";
export { default as RunPage } from "./RunPage.svelte";
export { default as SummaryPage } from "./SummaryPage.svelte";
