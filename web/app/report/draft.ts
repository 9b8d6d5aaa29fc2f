/**
 * What somebody has begun to write about a report, kept for this tab until it is sent: a reload,
 * a look at another report or a session that ends must not cost a sentence.
 */
import type { ReportAction } from "../../core/report";

const key = (report: string, action: ReportAction): string => `draft:${report}:${action}`;

export function draftOf(report: string, action: ReportAction): string {
  return sessionStorage.getItem(key(report, action)) ?? "";
}

export function keepDraft(report: string, action: ReportAction, note: string): void {
  if (note === "") sessionStorage.removeItem(key(report, action));
  else sessionStorage.setItem(key(report, action), note);
}
