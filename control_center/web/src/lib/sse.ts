/** Server-sent events read from a fetch: unlike EventSource it sees a 401 and can be timed out. */

export interface ServerEvent {
  event: string;
  data: string;
}

/** Cut a stream of text into events, as the HTML standard says; feed it chunks in order. */
export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];

  feed(chunk: string): ServerEvent[] {
    const out: ServerEvent[] = [];
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        if (this.#data.length) {
          out.push({ event: this.#event || "message", data: this.#data.join("\n") });
        }
        this.#event = "";
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") this.#event = value;
      else if (field === "data") this.#data.push(value);
    }
    return out;
  }
}

/** Seconds to wait before try n (0 first): doubling from half a second to ten, give or take a fifth. */
export function backoff_ms(tries: number, random: () => number = Math.random): number {
  return Math.min(10_000, 500 * 2 ** tries) * (0.8 + 0.4 * random());
}

/** Longest silence of a healthy stream: the server says something every 5 s. */
export const SILENCE_MS = 12_000;

export type Ending = "lost" | "unauthorized" | "bye";

/** Read one stream to its end, whatever the end is. Never throws. */
export async function follow(
  url: string,
  signal: AbortSignal,
  onOpen: () => void,
  onEvent: (event: ServerEvent) => void,
): Promise<Ending> {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  signal.addEventListener("abort", stop);
  let watchdog = setTimeout(stop, SILENCE_MS);
  try {
    const response = await fetch(url, {
      headers: { Accept: "text/event-stream" },
      credentials: "same-origin",
      cache: "no-store",
      signal: abort.signal,
    });
    if (response.status === 401) return "unauthorized";
    if (!response.ok || !response.body) return "lost";
    onOpen();
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "lost";
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, SILENCE_MS);
      for (const event of parser.feed(value)) {
        if (event.event === "bye") return "bye";
        onEvent(event);
      }
    }
  } catch {
    return "lost";
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", stop);
    abort.abort();
  }
}
