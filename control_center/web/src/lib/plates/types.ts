/** Plates as the control center answers them, from its own description; `null` is "not known", never zero. */

import type { components } from "../openapi";

type Said = components["schemas"];

/** A read that is, or nearly is, on a list; a person says whether it is so. */
export type Hit = Said["HitAnswer"];
export type HitState = Hit["state"];
export type Priority = Hit["priority"];
export type Direction = NonNullable<Hit["direction"]>;

export type Read = Said["ReadAnswer"];
export type Found = Said["SearchAnswer"];
/** Its plate is masked. */
export type PastSearch = Said["PastSearch"];

/** What a search asks for, and why. */
export type Question = Required<Said["SearchOrder"]>;

export type HotList = Said["ListAnswer"];
export type NewList = Said["ListOrder"];
export type Entry = Said["EntryAnswer"];
export type EntryState = Entry["state"];
export type NewEntry = Said["EntryOrder"];
/** With how many reads of before are this plate. */
export type Approved = Said["ApprovedAnswer"];
export type Imported = Said["control_center__api__plates_models__Imported"];

/** How many passed; never which. */
export type Count = Said["CountRow"];
export type Grain = "hour" | "day";
export type Camera = Said["CameraAnswer"];
