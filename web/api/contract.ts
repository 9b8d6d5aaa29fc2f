/**
 * Holds `types.ts` to what the server describes in /api/openapi.json: a field that is renamed, removed or
 * of another kind there fails the type check here. Types only; nothing of this reaches the browser.
 *
 * The app's types are narrower where the description says only `string` (states, levels, roles), and leave
 * out what the app does not use.
 */
import type { Moment } from "../core/history";
import type { StatisticRow } from "../core/statistics";
import type { components } from "./schema";
import type {
  AccessToken,
  Area,
  BaseMap,
  Estimate,
  Job,
  JobChunk,
  JobDetail,
  JobLogLine,
  Layer,
  MadeToken,
  Patch,
  PatchDetail,
  Recipe,
  Report,
  ReportPage,
  ReportSummary,
  Service,
  Session,
  Statistics,
} from "./types";

type Described = components["schemas"];

/** A described type as an answer reads: fields that may be left out are there or null, lists are only read. */
type AsAnswered<T> = T extends readonly (infer Item)[]
  ? readonly AsAnswered<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: AsAnswered<Exclude<T[Key], undefined>> }
    : T;

/** `Ours` names only fields that are described, and each of them fits the description. */
type Fits<Ours, Theirs> = keyof Ours extends keyof Theirs
  ? AsAnswered<Ours> extends DeepPick<AsAnswered<Theirs>, AsAnswered<Ours>>
    ? true
    : false
  : false;

/** The described type cut down to what ours has, all the way down. */
type DeepPick<Theirs, Ours> = Ours extends readonly (infer OurItem)[]
  ? Theirs extends readonly (infer TheirItem)[]
    ? readonly DeepPick<TheirItem, OurItem>[]
    : Theirs
  : Ours extends object
    ? {
        [Key in keyof Ours & keyof Theirs]:
          DeepPick<Exclude<Theirs[Key], null>, Exclude<Ours[Key], null>> | Extract<Theirs[Key], null>;
      }
    : Theirs;

type Holds<T extends true> = T;

export type Contract = [
  Holds<Fits<Session, Described["SessionBody"]>>,
  Holds<Fits<AccessToken, Described["TokenBody"]>>,
  Holds<Fits<MadeToken, Described["MadeToken"]>>,
  Holds<Fits<Area, Described["AreaBody"]>>,
  Holds<Fits<BaseMap, Described["BaseMapBody"]>>,
  Holds<Fits<Layer, Described["LayerBody"]>>,
  Holds<Fits<Service, Described["ServiceBody"]>>,
  Holds<Fits<ReportSummary, Described["SummaryBody"]>>,
  Holds<Fits<ReportPage, Described["PageBody"]>>,
  Holds<Fits<Report, Described["ReportBody"]>>,
  Holds<Fits<Moment, Described["Point"]>>,
  Holds<Fits<StatisticRow, Described["Row"]>>,
  Holds<Fits<Statistics, Described["Table"]>>,
  Holds<Fits<Job, Described["JobBody"]>>,
  Holds<Fits<JobDetail, Described["JobDetailBody"]>>,
  Holds<Fits<JobChunk, Described["ChunkBody"]>>,
  Holds<Fits<JobLogLine, Described["LineBody"]>>,
  Holds<Fits<Estimate, Described["EstimateBody"]>>,
  Holds<Fits<Recipe, Described["RecipeBody"]>>,
  Holds<Fits<Patch, Described["PatchBody"]>>,
  Holds<Fits<Omit<PatchDetail, "geometry">, Described["PatchDetailBody"]>>,
];
