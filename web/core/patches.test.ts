import { describe, expect, it } from "vitest";
import { type Patch, arrange, tally, withPatch } from "./patches";

const patch = (key: string, values: Partial<Patch> = {}): Patch => ({
  key,
  village: { code: "1", name_zh: "大坪村", name_en: "Daping" },
  area_m2: 1000,
  ha: 0.1,
  mu: 1.5,
  strength: 0.2,
  before: 0.7,
  after: 0.5,
  parcel: null,
  land_class: null,
  bounds: [108, 31, 108.1, 31.1],
  state: "unchecked",
  note: "",
  checked_by: null,
  checked_at: null,
  ...values,
});

const small = patch("2", { area_m2: 700, mu: 1.05, strength: -0.6, state: "confirmed" });
const large = patch("10", { area_m2: 5000, mu: 7.5, village: { code: "2", name_zh: "河湾村", name_en: "" } });
const checked = patch("3", { state: "restored", checked_at: "2026-11-23T08:00:00Z" });
const all = [small, large, checked];
const keys = (patches: Patch[]): string[] => patches.map(({ key }) => key);

describe("the ledger of patches", () => {
  it("counts every state and its land", () => {
    expect(tally(all)).toEqual({
      unchecked: { count: 1, mu: 7.5 },
      confirmed: { count: 1, mu: 1.05 },
      not_confirmed: { count: 0, mu: 0 },
      restored: { count: 1, mu: 1.5 },
    });
  });

  it("puts first what matters most", () => {
    expect(keys(arrange(all, null, "area", null))).toEqual(["10", "3", "2"]);
    // A loss is as strong as a gain.
    expect(keys(arrange(all, null, "strength", null))).toEqual(["2", "10", "3"]);
    expect(keys(arrange(all, null, "village", null))).toEqual(["3", "2", "10"]);
    expect(keys(arrange(all, null, "checked", null))).toEqual(["3", "10", "2"]);
  });

  it("keeps the one in hand though its state has changed", () => {
    expect(keys(arrange(all, "unchecked", "area", null))).toEqual(["10"]);
    expect(keys(arrange(all, "unchecked", "area", "2"))).toEqual(["10", "2"]);
  });

  it("shows what was recorded at once", () => {
    const after = withPatch(all, { ...large, state: "confirmed", note: "建了厂房" });
    expect(after.map(({ state }) => state)).toEqual(["confirmed", "confirmed", "restored"]);
    expect(all[1]?.state).toBe("unchecked");
  });
});
