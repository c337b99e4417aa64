/** Charts over HTTP, typed. */

import { json } from "../api";
import type { Board, Rows } from "./types";

export const boards = async (signal?: AbortSignal): Promise<Board[]> =>
  (await json<{ boards: Board[] }>("/charts", { signal })).boards;

export const rows = (board: string, panel: number, days: number, signal?: AbortSignal): Promise<Rows> =>
  json(`/charts/${encodeURIComponent(board)}/${panel}?days=${days}`, { signal });
