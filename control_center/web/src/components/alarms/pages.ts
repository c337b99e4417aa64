/** The control room's pages, loaded when the first of them is opened. */
export { default as RoomPage } from "./RoomPage.svelte";
