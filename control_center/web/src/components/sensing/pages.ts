/** One piece for the bundler: what the pages about air, noise and anomalies need, loaded together. */

export { default as AirPage } from "../air/AirPage.svelte";
export { default as AirStationPage } from "../air/StationPage.svelte";
export { default as AnomaliesPage } from "../anomalies/AnomaliesPage.svelte";
export { default as NoisePage } from "../noise/NoisePage.svelte";
export { default as NoiseStationPage } from "../noise/StationPage.svelte";
