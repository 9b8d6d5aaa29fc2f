import { describe, expect, it } from "vitest";
import {
  ago,
  area,
  coordinates,
  coordinatesPlain,
  day,
  moment,
  number,
  percent,
  squareMetresPerMu,
} from "./format";
import { translator } from "./translate";

describe("numbers", () => {
  it("have fixed decimals, a real minus sign and no negative zero", () => {
    expect(number(0.51449, "zh", 3)).toBe("0.514");
    expect(number(-0.2, "en", 2)).toBe("−0.20");
    expect(number(-0.001, "en", 2)).toBe("0.00");
    expect(number(1234567.8, "en", 0)).toBe("1,234,568");
  });

  it("say nothing as a dash", () => {
    expect(number(null, "zh", 2)).toBe("—");
    expect(number(Number.NaN, "zh", 2)).toBe("—");
  });
});

describe("areas", () => {
  it("keep the digits that matter", () => {
    expect(area(3.14159, "en")).toBe("3.14");
    expect(area(812.34, "en")).toBe("812.3");
    expect(area(12345.6, "en")).toBe("12,346");
  });

  it("know the mu: fifteen make a hectare", () => {
    expect(15 * squareMetresPerMu).toBeCloseTo(10_000, 9);
  });
});

describe("shares", () => {
  it("never round what is incomplete to the whole, nor something to nothing", () => {
    expect(percent(1, "en")).toBe("100%");
    expect(percent(0.9996, "en")).toBe(">99.9%");
    expect(percent(0.9951, "en")).toBe("99.5%");
    expect(percent(0.874, "en")).toBe("87%");
    expect(percent(0.031, "en")).toBe("3.1%");
    expect(percent(0.0001, "en")).toBe("<0.1%");
    expect(percent(0, "en")).toBe("0%");
    expect(percent(null, "en")).toBe("—");
  });
});

describe("times", () => {
  it("a day stays the day it is, whatever the zone", () => {
    expect(day("2018-10-23", "zh")).toBe("2018年10月23日");
    expect(day("2018-10-03", "en")).toBe("3 Oct 2018");
    expect(day("unknown", "en")).toBe("unknown");
  });

  it("a moment has hour and minute", () => {
    expect(moment("2026-07-03T23:05:00Z", "en", "Asia/Shanghai")).toBe("4 Jul 2026, 07:05");
    expect(moment("2026-07-03T23:05:00Z", "zh", "Asia/Shanghai")).toBe("2026/7/4 07:05");
    expect(moment("2026-07-03T16:00:00Z", "zh", "Asia/Shanghai")).toBe("2026/7/4 00:00");
  });

  it("the past is in minutes, hours, days", () => {
    const now = Date.parse("2026-07-04T12:00:00Z");
    const say = (iso: string): string => ago(iso, now, translator("en"));
    expect(say("2026-07-04T11:59:30Z")).toBe("just now");
    expect(say("2026-07-04T12:03:00Z")).toBe("just now");
    expect(say("2026-07-04T11:01:00Z")).toBe("59 min ago");
    expect(say("2026-07-04T11:00:00Z")).toBe("1 h ago");
    expect(say("2026-07-03T12:00:00Z")).toBe("1 d ago");
  });
});

describe("places", () => {
  it("are longitude first", () => {
    expect(coordinates(108.393_16, 31.160_02)).toBe("108.39316, 31.16002");
    expect(coordinates(-0.5, -43.25)).toBe("−0.50000, −43.25000");
    expect(coordinatesPlain(-0.5, 43.25)).toBe("-0.500000,43.250000");
  });
});
