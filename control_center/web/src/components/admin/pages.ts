/** One piece for the bundler: accounts and the audit, loaded together. */

import "../../styles/admin.css";

export { default as AuditPage } from "../audit/AuditPage.svelte";
export { default as AdminPage } from "./AdminPage.svelte";
