/** Dates and hours as people type them, in the city's time. Pure. */

const MINUTE_MS = 60_000;

function parts(ms: number, timezone: string): string {
  const said = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(ms);
  const part = (type: string): string => said.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** "2026-05-12T06:42", as a field for date and hour wants it. */
export const localText = (ms: number, timezone: string): string => parts(ms, timezone);

/** The instant that was typed, epoch ms; null: none. Of an hour that comes twice, the first. */
export function instantOf(text: string, timezone: string): number | null {
  const naive = Date.parse(`${text}Z`);
  if (Number.isNaN(naive)) return null;
  for (let offset = 14 * 60; offset >= -14 * 60; offset -= 15) {
    const at = naive - offset * MINUTE_MS;
    if (parts(at, timezone) === text.slice(0, 16)) return at;
  }
  return naive;
}

/** When a frame was taken, by the age its answer tells; of one that tells none, now. */
export function takenAt(headers: Headers, now_ms: number): number {
  const age_ms = Number(headers.get("X-Frame-Age-Ms") ?? 0);
  return now_ms - (Number.isFinite(age_ms) ? Math.max(0, age_ms) : 0);
}
