/** Start the page. */

import "./app.css";
import "./styles/bars.css";
import "./styles/list.css";
import "./styles/map.css";
import "./styles/room.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { expose } from "./lib/measure";
import { applyPrefs } from "./lib/prefs.svelte";

applyPrefs();
expose();

const target = document.getElementById("app");
if (!target) throw new Error("index.html has lost its #app");
mount(App, { target });
