/** The phone's own position: the best fix since the form was opened, never waited for. */

export interface Fix {
  lon: number;
  lat: number;
  /** Metres. */
  accuracy: number;
}

/** After so long without a fix the other ways are offered. */
const slowAfter = 20_000;

/**
 * Whether a new fix should replace the one held: it is more exact, or the phone has clearly left
 * the place of the old one.
 */
export function isBetter(next: Fix, held: Fix | null): boolean {
  if (held === null || next.accuracy <= held.accuracy) return true;
  return metresBetween(next, held) > next.accuracy + held.accuracy;
}

export function metresBetween(a: Fix, b: Fix): number {
  const metres = 111_320;
  const x = (a.lon - b.lon) * metres * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(x, (a.lat - b.lat) * metres);
}

/** How much a doubt of so many metres may be trusted: green, amber, red, but never a gate. */
export function trust(accuracy: number): "good" | "rough" {
  return accuracy <= 50 ? "good" : "rough";
}

export interface Listener {
  found(fix: Fix): void;
  /** 20 s without any fix. */
  slow(): void;
  failed(denied: boolean): void;
}

/** Watches until told to stop; the result stops it. */
export function watch(listener: Listener): () => void {
  let held: Fix | null = null;
  const timer = setTimeout(() => {
    if (held === null) listener.slow();
  }, slowAfter);
  const id = navigator.geolocation.watchPosition(
    ({ coords }) => {
      const fix = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
      if (!isBetter(fix, held)) return;
      held = fix;
      listener.found(fix);
    },
    (error) => {
      // A fix that was there stays; a timeout goes on watching.
      if (held === null && error.code !== error.TIMEOUT)
        listener.failed(error.code === error.PERMISSION_DENIED);
    },
    { enableHighAccuracy: true, maximumAge: 0 },
  );
  return () => {
    clearTimeout(timer);
    navigator.geolocation.clearWatch(id);
  };
}

/** Whether the person has allowed it before, so that asking opens no question. */
export async function isAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state === "granted";
  } catch {
    return false;
  }
}
