/** What the server answers with, as far as the officials' app uses it. Names as in /api/openapi.json. */
import type { AreaLevel } from "../core/areas";
import type { BaseMap } from "../core/base_maps";
import type { Bounds } from "../core/bounds";
import type { Named } from "../core/language";
import type { ChunkState, JobProgress, JobState } from "../core/jobs";
import type { Layer } from "../core/layers";
import type { Patch } from "../core/patches";
import type { ReportState } from "../core/report";
import type { StatisticRow } from "../core/statistics";

export type Role = "administrator" | "planner" | "official";

export interface AreaName extends Named {
  code: string;
}

export interface Session {
  account: { login: string; name: string; role: Role };
  areas: AreaName[];
  /** Whether this is the demonstration with invented villages. */
  demo: boolean;
}

/** A key of one's own for programs that cannot sign in. */
export interface AccessToken {
  id: number;
  name: string;
  created_at: string;
  /** Nothing before its first use. */
  used_at: string | null;
  expires_at: string;
}

/** Its addresses hold the secret, and are told this once. */
export interface MadeToken {
  wmts: string;
  about: AccessToken;
}

export interface Area extends AreaName {
  level: AreaLevel;
  /** Code of the area above, if it is known here. */
  parent: string | null;
  bounds: Bounds;
  area_m2: number;
  ha: number;
  mu: number;
}

/** A category of the service catalogue. */
export interface Service {
  service_code: string;
  group: string;
  name_zh: string;
  name_en: string;
}

export interface ReportSummary {
  id: string;
  reference: string;
  /** Code of the category. */
  service: string;
  description: string;
  state: ReportState;
  area: AreaName;
  lon: number;
  lat: number;
  created_at: string;
  photo_count: number;
  /** Address of the first photo's thumbnail. */
  thumbnail: string | null;
}

export interface ReportPage {
  reports: ReportSummary[];
  /** Where the next page starts: for `before`. */
  next: string | null;
}

export interface ReportEvent {
  at: string;
  actor: string;
  from_state: ReportState | null;
  to_state: ReportState;
  note: string;
}

export interface Photo {
  position: number;
  width: number;
  height: number;
}

export type PlaceSource = "gps" | "map" | "list" | "typed";

export interface Report extends ReportSummary {
  accuracy: number | null;
  place_source: PlaceSource;
  phone: string | null;
  channel: "web" | "assisted";
  updated_at: string;
  photos: Photo[];
  history: ReportEvent[];
}

export interface Statistics {
  date: string;
  rows: StatisticRow[];
}

/** A line of the list of jobs. */
export interface Job {
  id: string;
  title_zh: string;
  title_en: string;
  area: AreaName;
  state: JobState;
  cancel_requested: boolean;
  executor: "local" | "nats";
  /** The account's name, `null` from the command line. */
  sent_by: string | null;
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  progress: JobProgress;
}

export interface JobStage {
  stage: number;
  chunks: number;
}

export interface JobOutput {
  name: string;
  kind: "layer" | "features" | "table";
  layer_id: string | null;
  title_zh: string;
  title_en: string;
  /** Whether its features are patches that wait for a field check. */
  ledger: boolean;
  /** Downloads of a table. */
  files: readonly { format: string; href: string }[];
}

export interface JobDetail extends Job {
  recipe: string;
  estimate: Estimate;
  stages: readonly JobStage[];
  outputs: readonly JobOutput[];
}

export interface JobChunk {
  stage: number;
  position: number;
  state: ChunkState;
  attempt: number;
  worker: string | null;
  error: string | null;
}

export interface JobLogLine {
  id: number;
  at: string;
  level: "info" | "warning" | "error";
  message: string;
}

/** What a job would take. */
export interface Estimate {
  pixels: number;
  looks: number;
  chunks: number;
  bytes_read: number;
  bytes_written: number;
  memory_bytes: number;
  seconds: number;
}

/** A recipe that comes with the program. */
export interface Recipe {
  id: string;
  title_zh: string;
  title_en: string;
  description_zh: string;
  description_en: string;
  text: string;
}

/** One patch with its shape. */
export interface PatchDetail extends Patch {
  geometry: GeoJSON.MultiPolygon | GeoJSON.Polygon;
}

export type { BaseMap, Layer, Patch };
