/** Numbers and times for people: local language, the city's time zone, units beside every number. */

/** Digits that matter for a unit; finer is noise. */
const DIGITS: Record<string, number> = {
  "1": 0,
  "%": 0,
  "°": 0,
  W: 0,
  ms: 0,
  s: 0,
  dBm: 0,
  m: 0,
  "km/h": 0,
  hPa: 0,
  ppm: 2,
  V: 1,
};

export function number(value: number, unit: string, locale: string): string {
  const digits = DIGITS[unit] ?? 1;
  return new Intl.NumberFormat(locale, {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  }).format(value);
}

/** "23.4 µg/m³", "3 h"; a count has no unit to show. */
export function quantity(value: number, unit: string, locale: string): string {
  if (unit === "s") return span(value * 1000);
  const shown = number(value, unit, locale);
  if (unit === "1" || unit === "") return shown;
  return unit === "°" || unit === "%" ? `${shown}${unit}` : `${shown} ${unit}`;
}

const STEPS: [limit_s: number, size_s: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, "second"],
  [3_600, 60, "minute"],
  [86_400, 3_600, "hour"],
  [Infinity, 86_400, "day"],
];

/** "hace 3 min". Under two seconds, and a little in the future (clocks differ), is now. */
export function relative(
  then_ms: number,
  now_ms: number,
  locale: string,
  now: string,
): string {
  const s = (now_ms - then_ms) / 1000;
  if (Math.abs(s) < 2) return now;
  const [, size, unit] = STEPS.find(([limit]) => Math.abs(s) < limit) ?? STEPS[3]!;
  return new Intl.RelativeTimeFormat(locale, { style: "narrow", numeric: "always" }).format(
    -Math.trunc(s / size),
    unit,
  );
}

/** "3 min", "45 s", "2 h": a length, for a narrow column. */
export function span(length_ms: number): string {
  const s = Math.max(0, Math.round(length_ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** "120 ms", "1.4 s": how late something is. */
export function delay(length_ms: number, locale: string): string {
  if (Math.abs(length_ms) < 1_000) return `${Math.round(length_ms)} ms`;
  if (Math.abs(length_ms) < 60_000) return `${number(length_ms / 1000, "", locale)} s`;
  return span(Math.abs(length_ms));
}

/** "4:05", for a count-down. */
export function countdown(left_s: number): string {
  const s = Math.max(0, Math.ceil(left_s));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

export function clock(ms: number, locale: string, timezone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: timezone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(ms);
}

export function day(ms: number, locale: string, timezone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: timezone,
    weekday: "short",
    day: "numeric",
    month: "short",
  }).format(ms);
}

/** Today as a time, another day with its date. */
export function moment(ms: number, now_ms: number, locale: string, timezone: string): string {
  const date = day(ms, locale, timezone);
  const time = clock(ms, locale, timezone);
  return date === day(now_ms, locale, timezone) ? time : `${date} ${time.slice(0, 5)}`;
}

export function bytes(size: number, locale: string): string {
  return size < 1024 ? `${size} B` : `${number(size / 1024, "", locale)} KiB`;
}
